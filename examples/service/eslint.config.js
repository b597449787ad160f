import js from "@eslint/js";
import security from "eslint-plugin-security";

const nodeGlobals = ["process", "Buffer", "URL", "fetch", "console"];

export default [
  { ignores: ["artifacts/", "coverage/"] },
  js.configs.recommended,
  security.configs.recommended,
  {
    languageOptions: {
      globals: Object.fromEntries(nodeGlobals.map((name) => [name, "readonly"])),
    },
    rules: { eqeqeq: "error" },
  },
];
