import { describe, expect, it } from "vitest";
import { parseAllowedSigners } from "../../src/trust/allowed-signers.ts";
import type { Trust } from "../../src/trust/keyring.ts";
import { signAsSsh } from "../../src/trust/sshsig.ts";
import { checkStated } from "../../src/trust/stated.ts";
import { gateKey, SSH_KEYGEN, sshKey, sshSign, sshVerifies } from "./keys.ts";

const NOW = new Date("2026-06-01T12:00:00Z");
const [ZOE, ANN, EVE] = [gateKey(), gateKey(), gateKey()];
const STATEMENT = Buffer.from("schema: gate/statement/v1\n");

const TRUST: Trust = {
  people: [
    { name: "Zoë", roles: ["security"], identities: ["zoe@example.org", "github:zoe"], keys: [ZOE.id] },
    { name: "Ann", roles: [], identities: [], keys: [ANN.id] },
  ],
  signers: [],
};

interface Stated {
  readonly statedBy?: string;
  readonly statedAt?: string;
  readonly bytes?: Uint8Array;
  readonly signature?: string;
  readonly trust?: Trust;
}

function checked({ statedBy = "Zoë", statedAt = "2026-05-01T00:00:00Z", bytes = STATEMENT, ...given }: Stated) {
  const signature = Buffer.from(given.signature ?? signAsSsh(STATEMENT, ZOE.key));
  const summary = { type: "dpia", statedBy, statedAt, result: "passed", verified: "unchecked" } as const;
  return checkStated({ bytes, signature, summary }, given.trust ?? TRUST, NOW);
}

/** Zoë's key, with a line of `allowed_signers`. */
function within(options: string): Trust {
  const line = `zoe@example.org ${options} ssh-ed25519 ${ZOE.id}`;
  return { ...TRUST, signers: parseAllowedSigners(Buffer.from(line), "allowed_signers") };
}

describe("a signature beside a statement", () => {
  it.each(["Zoë", "zoë", "zoe@example.org", "Zoë Müller <zoe@example.org>", "github:zoe"])(
    "is that of %s",
    (statedBy) => {
      expect(checked({ statedBy })).toEqual({ verified: "verified", signer: "Zoë", roles: ["security"] });
    },
  );

  it.each<readonly [string, Stated, string]>([
    [
      "of somebody else's key",
      { signature: signAsSsh(STATEMENT, ANN.key) },
      "is Ann's, and Zoë is said to have signed",
    ],
    ["of a key that is nobody's", { signature: signAsSsh(STATEMENT, EVE.key) }, "is nobody's in trust.yaml"],
    ["of somebody who is not listed", { statedBy: "Bob" }, "Bob is not in trust.yaml"],
    ["where nobody is listed", { trust: { people: [], signers: [] } }, "is nobody's in trust.yaml"],
    ["over other bytes", { bytes: Buffer.from("schema: gate/statement/v1 \n") }, "does not fit"],
    ["that is none", { signature: "" }, "holds no SSH signature"],
    ["that is damaged", { signature: signAsSsh(STATEMENT, ZOE.key).replaceAll("\n", "") }, "holds no SSH signature"],
    [
      "of a key that was not valid yet when it was stated",
      { trust: within('valid-after="20260502Z"') },
      "was not valid when it was signed",
    ],
    ["of a key that is over", { trust: within('valid-before="20260601Z"') }, "or is no longer"],
  ])("%s does not count", (_, stated, problem) => {
    expect(checked(stated)).toEqual({ verified: "failed", problem: expect.stringContaining(problem) });
  });

  it("counts within the times of allowed_signers", () => {
    const trust = within('valid-after="20260501Z",valid-before="20260602Z"');
    expect(checked({ trust })).toMatchObject({ verified: "verified" });
  });
});

describe.skipIf(!SSH_KEYGEN)("signatures of gate and of ssh-keygen", () => {
  it("ssh-keygen takes those of gate", () => {
    const signature = signAsSsh(STATEMENT, ZOE.key);
    expect(sshVerifies(`ssh-ed25519 ${ZOE.id}`, STATEMENT, signature)).toBe(true);
    expect(sshVerifies(`ssh-ed25519 ${ANN.id}`, STATEMENT, signature)).toBe(false);
  });

  it("gate takes those of ssh-keygen", () => {
    const key = sshKey("ecdsa", 256);
    const people = [{ name: "Zoë", roles: [], identities: [], keys: [key.id] }];
    const signature = sshSign(key, STATEMENT);
    expect(checked({ signature, trust: { people, signers: [] } })).toMatchObject({ verified: "verified" });
  });
});
