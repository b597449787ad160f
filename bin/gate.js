#!/usr/bin/env node
// Written for any Node: it must say what is missing where nothing else of this package would even load.
"use strict";

const needed = [22, 14];
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `gate: this is Node ${process.versions.node}, and gate needs Node ${needed.join(".")} or newer. Install it, or run gate with \`npx --package node@24 --package @gate-engine/gate gate\`.\n`,
  );
  process.exitCode = 2;
} else {
  // Not Node's default folder below the system's temporary one, which others can write to.
  const { GATE_NO_CACHE, GATE_CACHE_DIR, XDG_CACHE_HOME, HOME } = process.env;
  const cache = GATE_CACHE_DIR || `${XDG_CACHE_HOME || `${HOME}/.cache`}/gate`;
  if (GATE_NO_CACHE === undefined && (GATE_CACHE_DIR || XDG_CACHE_HOME || HOME)) {
    require("node:module").enableCompileCache(`${cache}/code`);
  }
  require("../dist/main.cjs");
}
