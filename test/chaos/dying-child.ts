/** The toolchain's process, which another one kills at some moment, in the middle of whatever it does then. */
import { spawn } from "node:child_process";
import { pid } from "node:process";

const seconds = (Math.random() * 1.2).toFixed(3);
spawn("sh", ["-c", `sleep ${seconds}; kill -9 ${pid}`], { stdio: "ignore", env: {} });
await import("../../src/policy/toolchain/child.ts");
