import type { Capabilities } from "./toolchain/protocol.ts";

/**
 * The built-ins that a gate cannot call, because their result is not a function of what the decision records, and what
 * to do instead. All others work, with OPA's result: compiled policies implement about ninety themselves, `builtins/` the
 * ones that gates call most, and OPA's own code in the toolchain the rest.
 */
export const REFUSED_BUILTINS: Readonly<Record<string, string>> = {
  "http.send": "Let a tool in the pipeline ask, and read what it wrote as evidence.",
  "net.lookup_ip_addr": "Let a tool in the pipeline ask, and read what it wrote as evidence.",
  "opa.runtime": "Use `input.environment`, `input.subject`, or a parameter of the gate.",
  "rand.intn": "A decision must come out the same when it is evaluated again.",
  "uuid.rfc4122": "A decision must come out the same when it is evaluated again.",
  "io.jwt.encode_sign":
    "Sign outside of the gate: a signature may differ each time, and its key would be in the policy.",
  "io.jwt.encode_sign_raw":
    "Sign outside of the gate: a signature may differ each time, and its key would be in the policy.",
};

/** What to do instead of calling a built-in that is refused; undefined for one that is not. */
export function alternativeTo(builtin: string): string | undefined {
  return Object.hasOwn(REFUSED_BUILTINS, builtin) ? REFUSED_BUILTINS[builtin] : undefined;
}

/**
 * What a policy may use: everything but what is in {@link REFUSED_BUILTINS}, and no network for the schemas it refers to.
 * What is left out is refused when the policy is built, with its name and place.
 *
 * @param opa the capabilities of the toolchain itself
 */
export function gateCapabilities(opa: Capabilities): Capabilities {
  return { ...opa, builtins: opa.builtins.filter(({ name }) => alternativeTo(name) === undefined), allow_net: [] };
}

/** What a policy of Conftest may use: what gates may, and its own built-in that opens nothing. */
export function conftestCapabilities(opa: Capabilities): Capabilities {
  const gates = gateCapabilities(opa);
  return { ...gates, builtins: [...gates.builtins, PARSE_CONFIG] };
}

/** As builtins/parse_config.go of Conftest declares it: the name of a parser, and a text. */
const PARSE_CONFIG: Capabilities["builtins"][number] = {
  name: "parse_config",
  decl: {
    type: "function",
    args: [{ type: "string" }, { type: "string" }],
    result: { type: "object", dynamic: { key: { type: "string" }, value: { type: "any" } } },
  },
};
