/** Imported first by `main.ts`: what can go on while the rest of the program is loading. */
import { locateInstallation } from "../installation.ts";
import { prestartThread } from "../policy/runtime/thread.ts";

if (process.argv[2] === "check") prestartThread(locateInstallation(import.meta.dirname).policyWorker);
