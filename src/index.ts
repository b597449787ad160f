/** The package's door for programs; the command line is `bin/gate.js`. */
export type { CheckOptions, CheckResult, CheckServices } from "./check/options.ts";
export { runCheck } from "./check/run.ts";
export type * from "./decision/types.ts";
export type * from "./evidence/types.ts";
export { type Installation, locateInstallation, userCacheFolder } from "./installation.ts";
export { OUTPUTS, type OutputName } from "./output/registry.ts";
export { type Clock, fixedClock, systemClock } from "./util/clock.ts";
export { GateError, type GateErrorCode, type Issue } from "./util/errors.ts";
