// Runs the cases on standard input.
import { createInterface } from "node:readline";
import { runCase, summary } from "./wasm_cases.mjs";

const failures = [];
let runs = 0;
for await (const line of createInterface({ input: process.stdin })) runs += await runCase(line, failures);
console.log(summary(runs, failures));
process.exitCode = failures.length ? 1 : 0;
