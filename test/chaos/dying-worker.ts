/** The evaluating thread, which ends itself at some moment, in the middle of whatever it does then. */
import { exit } from "node:process";

setTimeout(() => exit(1), Math.random() * 60);
await import("../../src/policy/runtime/worker.ts");
