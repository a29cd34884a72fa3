//! F04xx: imports and exports.

super::codes! {
    FILE_NOT_FOUND = 401, "the imported file does not exist",
        cause: "No file of the project has the imported name, with `.ts` or as a folder with an `index.ts`.",
        example: "import { a } from \"./missing\";",
        fix: "Correct the path, or write the file.";
    OUTSIDE = 402, "the import leaves the project",
        cause: "The path leads out of the project folder. A program is made from the files of one folder.",
        example: "import { a } from \"../../secret\";",
        fix: "Move the file into the project, or build with a project folder that holds both.";
    CYCLE = 403, "files import each other in a circle",
        cause: "A file imports itself, if only through others. In which order they would run is not clear.",
        example: "import { f } from \"./example\"; export function g(): number { return f(); }",
        fix: "Move what both need to a third file.";
    NO_EXPORT = 404, "no such export",
        cause: "The imported file exports nothing of this name.",
        example: "import { missing } from \"./other\";",
        fix: "Export it there, or correct the name.";
    DUPLICATE_EXPORT = 405, "exported twice",
        cause: "Two exports of a file have the same name.",
        example: "export function a(): void { } export { a };",
        fix: "Rename or remove one of them.";
    PACKAGE = 406, "packages cannot be imported",
        cause: "An import that begins with neither `./` nor `../` names a package. Only files of the project and modules that are declared with `declare module` can be imported.",
        example: "import { a } from \"lodash\";",
        fix: "Import a file by its path, or declare what the host gives: `declare module \"host\" { export function a(): void; }`.";
    FORM = 407, "form of import or export that is not supported",
        cause: "`export =`, `export as namespace`, import attributes and exports of expressions are not compiled.",
        example: "export default 1 + 2;",
        fix: "Declare it with a name, and export that.";
    VARIABLE = 408, "a variable cannot be exported from the module",
        cause: "A module can export functions, and constants whose value is known when it is built. The exported variable changes or is computed when the program starts.",
        example: "export let count = 0;",
        fix: "Export a function that returns it. Other files may import it all the same, if the file that is built does not export it.";
    CANNOT_CROSS = 409, "a type that cannot cross the border of the module",
        cause: "Functions that the module exports take and give numbers, booleans and texts, and those of the host take them. A caller outside has no arrays of the program.",
        example: "export function f(list: number[]): number { return list.length; }",
        fix: "Pass a text and take it apart: `text.split(\",\")`.";
}
