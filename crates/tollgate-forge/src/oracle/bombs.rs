//! Hostile texts: what is said often enough to ask for as much work of the compiler as its length allows.
//!
//! A text has declarations, and a body made of pieces that are repeated until the text is full. A named bomb repeats one piece; a
//! random one mixes several, in one function or in many.

/// Properties of the object and the type that pieces spread, and elements of the patterns.
const WIDE: usize = 1_000;
/// More than the pieces of one round take.
const PIECES_BYTES: usize = 512;
/// Classes that extend each other.
const LINE: usize = 90;
/// Values of a type, and alternatives of another one.
const ALTERNATIVES: usize = 900;
/// Parameters that have a default.
const DEFAULTS: usize = 255;

/// What a piece needs before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// An object `o` of many properties, of the type `T`.
    WideObject,
    /// A type `U` in which every property may be missing, and an object `u` of it.
    WideOptional,
    /// A function `d` of many parameters that all have defaults.
    Defaults,
    /// A small function `s` that is put in place of its calls.
    Small,
    /// Classes: `K` and `L` that extends it have many methods, and `h` calls them all on a `K`.
    Classes,
    /// The same; and the piece stands at the top level of the file.
    AmongClasses,
    /// A class `Z` at the end of a long line, in which each has a field and none a constructor.
    Line,
    /// Generic functions `g` and `e`, classes `G` and `H` that extends it, and a type `P`.
    Generics,
    /// The same; and the piece stands at the top level of the file.
    AmongGenerics,
    /// A variable `w` of a type `Words` that lists many values, and `v` of a type `Many` of many alternatives.
    Unions,
}

/// One thing that is repeated. `#` in it is its number.
#[derive(Debug, Clone, Copy)]
pub struct Bomb {
    /// What is repeated.
    pub name: &'static str,
    needs: Needs,
    piece: &'static str,
}

const fn bomb(name: &'static str, needs: Needs, piece: &'static str) -> Bomb {
    Bomb { name, needs, piece }
}

/// Each construct that becomes more than it says, and those that are short.
pub const BOMBS: &[Bomb] = &[
    bomb("spread", Needs::WideObject, "const c# = { ...o, p0: # };"),
    bomb("spread, dropped", Needs::WideObject, "({...o});"),
    bomb("spread to a type", Needs::WideObject, "t = {...o};"),
    bomb("spread twice", Needs::WideObject, "t = {...o,...t};"),
    bomb("spread of optional", Needs::WideOptional, "u = {...u};"),
    bomb("optional left out", Needs::WideOptional, "u = {p0:1};"),
    bomb(
        "rest of an object",
        Needs::WideObject,
        "{const {p#,...r} = {...o, p#:1};}",
    ),
    bomb(
        "rest of the same object",
        Needs::WideObject,
        "{const {p1,...r} = o;}",
    ),
    bomb("default parameters", Needs::Defaults, "d();"),
    bomb(
        "defaults left out in many ways",
        Needs::Defaults,
        "d(1,2,3,4,5,6,7,8);d(1,2);d(1);",
    ),
    bomb(
        "functions with defaults",
        Needs::Nothing,
        "function f#(a=1,b=a,c=b,e=c,f=e){return a;}",
    ),
    bomb("inlined calls", Needs::Small, "s(y);"),
    bomb(
        "inlined calls inside each other",
        Needs::Small,
        "y=s(s(s(s(s(y)))));",
    ),
    bomb("small functions", Needs::Nothing, "export function f#(){}"),
    bomb("callbacks", Needs::Nothing, "xs.map(x=>x+1);"),
    bomb(
        "callbacks inside each other",
        Needs::Nothing,
        "xs.map(a=>xs.map(b=>xs.map(c=>xs.filter(d=>d>c))));",
    ),
    bomb("sorting", Needs::Nothing, "xs.sort((a,b)=>a-b);"),
    bomb("find", Needs::Nothing, "xs.find(x=>x>1)??1;"),
    bomb("array literals", Needs::Nothing, "[1,1,1,1,1,1,1,1];"),
    bomb("spread arrays", Needs::Nothing, "[...xs,...xs];"),
    bomb(
        "spread arguments",
        Needs::Nothing,
        "Math.max(...xs,...xs,1,1);",
    ),
    bomb("pushed arrays", Needs::Nothing, "xs.push(...xs,y,...xs);"),
    bomb(
        "arrays of a length",
        Needs::Nothing,
        "Array.from({length:y},(_,i)=>i);",
    ),
    bomb(
        "functions with a rest",
        Needs::Nothing,
        "function f#(a=1,...r:number[]){return r.length;} f#();f#(1,...xs);",
    ),
    bomb("digits", Needs::Nothing, "y.toString(y);"),
    bomb("array patterns", Needs::Nothing, "[y,z]=[z,y];"),
    bomb(
        "array patterns with defaults",
        Needs::Nothing,
        "[y=1,z=2,...xs]=xs;",
    ),
    bomb("object literals", Needs::Nothing, "({a:1,b:2,c:y});"),
    bomb("objects of many types", Needs::Nothing, "({a#:1,b#:2});"),
    bomb("templates", Needs::Nothing, "`${y}${z}${t}`;"),
    bomb("texts", Needs::Nothing, "'a'+y+z+'b#';"),
    bomb("comparisons of texts", Needs::Nothing, "'a'<'b'?y:z;"),
    bomb("small integers", Needs::Nothing, "b++;"),
    bomb("small integers, divided", Needs::Nothing, "b/=b;"),
    bomb("truth", Needs::Nothing, "y&&=z||y;"),
    bomb("missing values", Needs::Nothing, "m??=y;m=null;"),
    bomb("chains", Needs::Nothing, "n?.n?.n?.n;"),
    bomb("elements", Needs::Nothing, "xs[y]++;"),
    bomb("elements of elements", Needs::Nothing, "xs[xs[xs[y]]]**=2;"),
    bomb("conditions", Needs::Nothing, "if(y)z=1;else y=2;"),
    bomb("loops", Needs::Nothing, "while(y>z)y--;"),
    bomb("loops over arrays", Needs::Nothing, "for(const x of xs);"),
    bomb(
        "switch",
        Needs::Nothing,
        "switch(y){case 1:case 2:default:}",
    ),
    bomb("labels", Needs::Nothing, "l:{if(y)break l;}"),
    bomb("variables", Needs::Nothing, "{let v#=1;}"),
    bomb(
        "variables without values",
        Needs::Nothing,
        "let w#:i32;if(y);",
    ),
    bomb("narrowing", Needs::Nothing, "if(m!==null)y=m;"),
    bomb("numbers", Needs::Nothing, "y=y+1;"),
    bomb("assignments in a row", Needs::Nothing, "y=z=y=z=y=z=y;"),
    bomb("sums", Needs::Nothing, "y+y+y+y+y+y+y;"),
    bomb("Math", Needs::Nothing, "Math.max(y,z,y,z);Math.hypot(y,z);"),
    bomb("rounding", Needs::Nothing, "Math.round(y);y%z;"),
    bomb("enums", Needs::Nothing, "{enum E#{A,B=A+1}}"),
    bomb(
        "inner functions",
        Needs::Nothing,
        "{function g#(){return #;}}",
    ),
    bomb(
        "classes",
        Needs::AmongClasses,
        "class C#{x=1;f(){return #;}}",
    ),
    bomb(
        "classes of one tree",
        Needs::AmongClasses,
        "class C# extends K{}",
    ),
    bomb(
        "classes that declare again",
        Needs::AmongClasses,
        "class C# extends L{m1(x=#){return x;}}",
    ),
    bomb(
        "classes of an interface",
        Needs::AmongClasses,
        "class C# implements I{p=#;f(){return #;}}",
    ),
    bomb(
        "fields that are read early",
        Needs::AmongClasses,
        "class C# extends K{constructor(){super();h(this);}a!:number;b!:number;}",
    ),
    bomb(
        "static members",
        Needs::AmongClasses,
        "class C#{static s=#;static f(){return C#.s;}}",
    ),
    bomb(
        "typed arrays",
        Needs::Nothing,
        "new Uint8Array(xs).map(x=>x+y);",
    ),
    bomb(
        "elements of typed arrays",
        Needs::Nothing,
        "new Uint8ClampedArray(y)[z]+=y;",
    ),
    bomb(
        "numbers of typed arrays",
        Needs::Nothing,
        "Int16Array.of(y,z,y,z,y,z);",
    ),
    bomb("objects of classes", Needs::Classes, "k=new L();k.m1();"),
    bomb(
        "tests of classes",
        Needs::Classes,
        "if(k instanceof L)k.m2();",
    ),
    bomb("members of an interface", Needs::Classes, "i.p+=i.f();"),
    bomb("long lines of classes", Needs::Line, "new Z();"),
    bomb(
        "maps",
        Needs::Nothing,
        "new Map([[y,z],[z,y]]).set(y,1).delete(z);",
    ),
    bomb(
        "loops over maps",
        Needs::Nothing,
        "for(const[k,v]of new Map([[y,t]]))for(const w of new Set([k]))y=w;",
    ),
    bomb(
        "maps of many types",
        Needs::Nothing,
        "new Set([{a#:y}]).add({a#:z});",
    ),
    bomb(
        "instances of functions",
        Needs::Generics,
        "g({a#:y});g({b#:1},[y]);",
    ),
    bomb("the same instance", Needs::Generics, "g(g(g(g(g(y)))));"),
    bomb(
        "instances of classes",
        Needs::Generics,
        "new H({c#:y}).f((x)=>[x]);",
    ),
    bomb(
        "generic functions that are given functions",
        Needs::Generics,
        "e(e(y,a=>a),b=>({d#:b}));",
    ),
    bomb(
        "types that grow",
        Needs::AmongGenerics,
        "function r#<T>(x:T):void{r#([x]);r#({v:x});}",
    ),
    bomb(
        "types that grow in two ways",
        Needs::AmongGenerics,
        "type W#<T>={a:T;b:W#<T[]>|null;c:W#<{x:T}>|null};let w#:W#<number>|null=null;",
    ),
    bomb(
        "classes that grow",
        Needs::AmongGenerics,
        "class Q#<T>{n:Q#<T[]>|null=null;m:Q#<{x:T}>|null=null;}let q#=new Q#<number>();",
    ),
    bomb(
        "wide types",
        Needs::Generics,
        "let p#:P<P<P<number,string>,P<string,{z#:number}>>,number>|null=null;",
    ),
    bomb("listed values, tested", Needs::Unions, "if(w!=='l#')y=1;"),
    bomb(
        "listed values and one more",
        Needs::Unions,
        "let w#:Words|'x#'='x#';",
    ),
    bomb(
        "listed values of either",
        Needs::Unions,
        "if(w!=='l#'||w==='l1'){y=2;}",
    ),
    bomb("alternatives, tested", Needs::Unions, "if(v.k!==#)y=v.k;"),
    bomb(
        "alternatives, by a name",
        Needs::Unions,
        "if('q#' in v)y=1;'q1' in v;",
    ),
    bomb("alternatives, read", Needs::Unions, "y=v.k+v.x;"),
    bomb(
        "alternatives, made",
        Needs::Unions,
        "v={k:5,x:1,y:true,q5:2};",
    ),
    bomb(
        "alternatives and one more",
        Needs::Unions,
        "let v#:Many|{z#:1}=v;",
    ),
    bomb(
        "alternatives, chosen",
        Needs::Unions,
        "switch(v.k){case 1:y=2;break;case 2:y=v.x;}",
    ),
    bomb(
        "values of several types",
        Needs::Unions,
        "{let a:number|string=y;y=a==='x'?1:2;a=`${a}`;}",
    ),
    bomb(
        "objects to text",
        Needs::Nothing,
        "'x'.replaceAll('a','b').split(',');",
    ),
    bomb("statements", Needs::Nothing, ";"),
    // Each throw says where it stands.
    bomb("throws", Needs::Nothing, "if(y>#)throw new Error(\"\");"),
    bomb("errors", Needs::Nothing, "q#;"),
];

impl Bomb {
    /// A program of about so many bytes and no more, with one function.
    #[must_use]
    pub fn of_bytes(&self, bytes: usize) -> String {
        mixed(&[self], 1, bytes)
    }
}

/// A program of pieces that were chosen by a number, of at most so many bytes.
#[must_use]
pub fn random(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1;
    let mut below = |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % n.max(1)
    };
    let kinds = 1 + below(4);
    let chosen: Vec<&Bomb> = (0..kinds)
        .filter_map(|_| BOMBS.get(below(BOMBS.len())))
        .collect();
    let functions = [1, 1, 20, 1_000].get(below(4)).copied().unwrap_or(1);
    mixed(&chosen, functions, bytes)
}

/// The pieces one after the other, shared out to so many functions.
fn mixed(bombs: &[&Bomb], functions: usize, bytes: usize) -> String {
    let needs = |wanted| bombs.iter().any(|bomb| bomb.needs == wanted);
    let mut text = String::new();
    let mut locals = String::from(
        "let y=1;let z=2;let b:u8=3;let xs=[1,2];let m:number|null=1;let n:N|null=null;",
    );
    text.push_str("interface N{n:N|null}");
    let list = |part: &dyn Fn(usize) -> String| (0..WIDE).map(part).collect::<String>();
    if needs(Needs::WideObject) {
        add(
            &mut text,
            "interface T{",
            &list(&|i| format!("p{i}:number;")),
            "}",
        );
        add(
            &mut locals,
            "let o:T={",
            &list(&|i| format!("p{i}:{i},")),
            "};let t=o;",
        );
    } else {
        locals.push_str("let t='';");
    }
    if needs(Needs::WideOptional) {
        add(
            &mut text,
            "interface U{",
            &list(&|i| format!("p{i}?:number;")),
            "}",
        );
        locals.push_str("let u:U={p0:1};");
    }
    if needs(Needs::Defaults) {
        let params: String = (0..DEFAULTS).map(|i| format!("a{i}=1,")).collect();
        add(&mut text, "function d(", &params, "){}");
    }
    if needs(Needs::Small) {
        text.push_str("function s(x:number):number{return x*x+x;}");
    }
    if needs(Needs::Classes) || needs(Needs::AmongClasses) {
        let methods = |class: &str| list(&|i| format!("m{i}(){{return {i}{class};}}"));
        add(&mut text, "class K{", &methods(""), "}");
        add(&mut text, "class L extends K{", &methods("+1"), "}");
        add(
            &mut text,
            "function h(k:K){",
            &list(&|i| format!("k.m{i}();")),
            "}",
        );
        text.push_str("interface I{p:number;f():number}class M implements I{p=1;f(){return 1;}}");
        locals.push_str("let k:K=new L();h(k);let i:I=new M();");
    }
    if needs(Needs::Line) {
        text.push_str("class Z0{z0=1;}");
        let line = |i| format!("class Z{} extends Z{i}{{z{}=1;}}", i + 1, i + 1);
        text.push_str(&(0..LINE).map(line).collect::<String>());
        add(&mut text, "class Z extends Z", &LINE.to_string(), "{}");
    }
    if needs(Needs::Generics) || needs(Needs::AmongGenerics) {
        text.push_str("function g<T,U=T>(x:T,u?:U):T{return x;}function e<A,B>(x:A,f:(x:A)=>B):B{return f(x);}");
        text.push_str("class G<T>{constructor(public x:T){}f<U>(f:(x:T)=>U):U{return f(this.x);}}");
        text.push_str("class H<T> extends G<T>{f<U>(f:(x:T)=>U):U{return super.f(f);}}");
        text.push_str("type P<A,B>={a:A;b:B;c:P<A,B>|null};");
    }
    if needs(Needs::Unions) {
        let words: String = (0..ALTERNATIVES).map(|i| format!("|'l{i}'")).collect();
        add(&mut text, "type Words=", &words, ";");
        // What all have lies in another place each time.
        let many = |i: usize| {
            format!(
                "|{{k:{i};q{i}:number;{}:boolean;x:number}}",
                if i.is_multiple_of(2) { "a" } else { "y" }
            )
        };
        let many: String = (0..ALTERNATIVES / 3).map(many).collect();
        add(&mut text, "type Many=", &many, ";");
        text.push_str(
            "function word():Words{return 'l0';}function many():Many{return{k:0,q0:1,a:true,x:1};}",
        );
        locals.push_str("let w=word();let v=many();");
    }
    let share = bytes / functions;
    let mut number = 0;
    for function in 0.. {
        let mut made = format!("export function main{function}():void{{{locals}");
        while made.len() < share {
            for bomb in bombs {
                let among = matches!(bomb.needs, Needs::AmongClasses | Needs::AmongGenerics);
                if among && function > 0 {
                    continue;
                }
                let made = if among { &mut text } else { &mut made };
                made.push_str(&bomb.piece.replace('#', &number.to_string()));
                number += 1;
            }
            if text.len() + made.len() + PIECES_BYTES > bytes {
                break;
            }
        }
        made.push('}');
        if function > 0 && text.len() + made.len() > bytes {
            return text;
        }
        text.push_str(&made);
    }
    text
}

fn add(text: &mut String, before: &str, list: &str, behind: &str) {
    for part in [before, list, behind] {
        text.push_str(part);
    }
}
