// Tokenises texts with the engine of the editor, and writes where each scope begins and ends.
//
// In: `{"grammar": TEXT, "texts": [TEXT, …]}`. Out: for each text its lines, each a list of `[start, end, [scope, …]]`; columns
// count UTF-16 units.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const textmate = require("./vscode-textmate.cjs");
const oniguruma = require("./vscode-oniguruma.cjs");

await oniguruma.loadWASM(readFileSync(new URL("./onig.wasm", import.meta.url)));
const { grammar: source, texts } = JSON.parse(readFileSync(0, "utf8"));
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(source, "ecl.tmLanguage.json"),
});
const grammar = await registry.loadGrammar("source.ecl");
const answer = texts.map((text) => {
  let stack = textmate.INITIAL;
  return text.split("\n").map((line) => {
    const { tokens, ruleStack, stoppedEarly } = grammar.tokenizeLine(line, stack, 0);
    if (stoppedEarly) throw new Error(`a line was left: ${line}`);
    stack = ruleStack;
    return tokens.map(({ startIndex, endIndex, scopes }) => [startIndex, endIndex, scopes]);
  });
});
process.stdout.write(JSON.stringify(answer));
