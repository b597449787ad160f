/** Formats the Rego of this repository in place, as `gate policy fmt policies` does. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { locateInstallation } from "../src/installation.ts";
import { findUnformatted } from "../src/policy/format.ts";
import { openToolchain } from "../src/policy/load.ts";

const folder = { path: join(import.meta.dirname, "../policies"), label: "policies" };
const installation = locateInstallation(join(import.meta.dirname, "../src"));
const toolchain = await openToolchain({ installation, variables: process.env, cacheFolder: undefined });
for (const { location, after } of await findUnformatted([folder], toolchain)) writeFileSync(location, after);
await toolchain.close();
