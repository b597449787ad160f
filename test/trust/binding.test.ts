import { describe, expect, it } from "vitest";
import { BINDING_PAYLOAD_TYPE } from "../../src/evidence/binding.ts";
import { parseAllowedSigners } from "../../src/trust/allowed-signers.ts";
import { openBinding } from "../../src/trust/binding.ts";
import { signEnvelope } from "../../src/trust/dsse.ts";
import type { Trust } from "../../src/trust/keyring.ts";
import { gateKey } from "./keys.ts";

const NOW = new Date("2026-06-01T12:00:00Z");
const [SCANNER, BOB, EVE] = [gateKey(), gateKey(), gateKey()];
const BINDING = Buffer.from('{"schema":"gate/binding/v1"}');

const TRUST: Trust = {
  people: [
    { name: "scanner", roles: [], identities: ["scanner@ci.example.com"], keys: [SCANNER.id] },
    { name: "Bob", roles: [], identities: [], keys: [BOB.id] },
  ],
  signers: [],
};

function signed(keys: readonly (typeof EVE)[], type = BINDING_PAYLOAD_TYPE): Uint8Array {
  return Buffer.from(
    signEnvelope(
      type,
      BINDING,
      keys.map(({ key }) => key),
    ),
  );
}

/** Whose signature is on a binding. */
function signerOf(bytes: Uint8Array, options?: string): string | undefined {
  const line = `scanner@ci.example.com ${options} ssh-ed25519 ${SCANNER.id}`;
  const signers = options === undefined ? [] : parseAllowedSigners(Buffer.from(line), "allowed_signers");
  return openBinding(bytes, { ...TRUST, signers }, NOW).signer;
}

describe("a binding in an envelope", () => {
  it("says what was signed, and by whom", () => {
    expect(openBinding(signed([SCANNER]), TRUST, NOW)).toEqual({ bytes: BINDING, signer: "scanner" });
  });

  it.each([
    ["by somebody unknown", signed([EVE]), undefined],
    ["by somebody unknown and by somebody known", signed([EVE, BOB]), "Bob"],
    ["of another type", signed([SCANNER], "text/plain"), undefined],
    ["that was altered", Buffer.from(signed([SCANNER]).toString().replace("eyJ", "eyI")), undefined],
    ["that is none", BINDING, undefined],
  ])("%s", (_, bytes, signer) => {
    expect(signerOf(bytes)).toBe(signer);
  });

  it("has no signer once the key is over", () => {
    expect(signerOf(signed([SCANNER]), 'valid-before="20260601Z"')).toBeUndefined();
    expect(signerOf(signed([SCANNER]), 'valid-before="20260602Z"')).toBe("scanner");
  });
});
