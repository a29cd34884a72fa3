// JSON in, JSON out: users are checked, their fields renamed, and the domains of their addresses taken out.

/*interface User { id: number; full_name: string; email: string; age?: number; roles: ("admin" | "user")[]; address?: { zip_code: string; city: string | null } }
interface Input { users: User[]; source: string }
interface Person { id: string; fullName: string; emailAddress: string; domain: string; adult: boolean | null; roles: string[]; city: string | null }
interface Problem { index: number; field: string; message: string }
type Result = { ok: true; people: Person[]; domains: string[] } | { ok: false; problems: Problem[] };*/

function domainOf(email/*: string*/)/*: string | null*/ {
  const at = email.lastIndexOf("@");
  if (at <= 0 || at === email.length - 1) return null;
  const domain = email.slice(at + 1).toLowerCase();
  return domain.includes(".") ? domain : null;
}

function problemsOf(user/*: User*/, index/*: number*/)/*: Problem[]*/ {
  const problems/*: Problem[]*/ = [];
  if (user.full_name.trim() === "") problems.push({ index, field: "full_name", message: "is empty" });
  if (domainOf(user.email) === null) problems.push({ index, field: "email", message: `"${user.email}" is no address` });
  if (user.age !== undefined && (user.age < 0 || user.age > 150)) problems.push({ index, field: "age", message: `${user.age} is not from 0 to 150` });
  if (user.roles.length === 0) problems.push({ message: "needs a role", index, field: "roles" });
  return problems;
}

function personOf(user/*: User*/)/*: Person*/ {
  const { full_name, email, ...rest } = user;
  return {
    id: `user-${rest.id}`,
    fullName: full_name.trim(),
    emailAddress: email.toLowerCase(),
    domain: domainOf(email) ?? "",
    adult: rest.age === undefined ? null : rest.age >= 18,
    roles: rest.roles.map((role) => role.toUpperCase()),
    city: rest.address?.city ?? null,
  };
}

function transform(text/*: string*/)/*: Result*/ {
  const input = JSON.parse(text)/* as Input*/;
  const problems/*: Problem[]*/ = [];
  input.users.forEach((user, index) => {
    for (const problem of problemsOf(user, index)) problems.push(problem);
  });
  if (problems.length > 0) return { ok: false, problems };
  const people = input.users.map((user) => personOf(user));
  const domains = [...new Set(people.map((person) => person.domain))];
  domains.sort();
  return { ok: true, people, domains };
}

function run(text/*: string*/)/*: string*/ {
  try {
    return JSON.stringify(transform(text), null, 2);
  } catch (e) {
    return e.name;
  }
}

export function handle(input/*: string*/)/*: string*/ {
  return [
    run('{"source":"crm","users":[{"id":1,"full_name":" Ada Lovelace ","email":"Ada@Example.COM","age":36,"roles":["admin","user"]},{"email":"bob@mail.example.org","id":2,"roles":["user"],"full_name":"Bob","address":{"zip_code":"1010","city":"Wien"}},{"id":3,"full_name":"Eve \\u00fc","email":"eve@example.com","roles":["user"],"age":12,"address":{"city":null,"zip_code":""}}]}'),
    run('{"users":[{"id":1,"full_name":"","email":"nobody","age":200,"roles":[]},{"id":2,"full_name":"x","email":"a@b","roles":["user"]}],"source":""}'),
    run('{"users":[],"source":"x"}'),
    run('{"users":[}'),
    run("not JSON"),
  ].join("\n");
}
