import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Decision } from "../../src/decision/types.ts";
import { gate, temporaryFolder, writeFiles } from "../support.ts";
import { gateKey, SSH_KEYGEN, sshKey } from "../trust/keys.ts";

const CONFIG = `version: 1
environments:
  production:
    mandatory: [rollback-readiness]
    integrity: open
`;

const A_DAY_AGO = new Date(Date.now() - 86_400_000).toISOString();
const STATEMENT = `schema: gate/statement/v1
type: rollback-test
statedBy: Zoë <zoe@example.org>
statedAt: ${A_DAY_AGO}
result: passed
`;

const [ZOE, EVE] = [gateKey(), gateKey()];

let cwd = "";

beforeEach(() => {
  cwd = temporaryFolder();
  writeFiles(cwd, {
    "gate.yaml": CONFIG,
    "trust.yaml": trust(ZOE.text),
    "rollback.yaml": STATEMENT,
    "zoe.pem": pem(ZOE),
    "eve.pem": pem(EVE),
  });
});

function trust(key: string): string {
  return `version: 1\npeople:\n  - name: Zoë\n    roles: [sre]\n    identities: [zoe@example.org]\n    keys: ["${key}"]\n`;
}

function pem({ key }: ReturnType<typeof gateKey>): string {
  return key.export({ format: "pem", type: "pkcs8" }).toString();
}

async function sign(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gate(["evidence", "sign", ...args], { cwd });
  return code === 0 ? stdout : `${code}: ${stderr}`;
}

async function check(...args: readonly string[]) {
  const asked = ["check", "--env", "production", "--format", "json", "--evidence", "rollback.yaml", ...args];
  const { code, stdout } = await gate(asked, { cwd });
  const { gates, integrity } = JSON.parse(stdout) as Decision;
  return { code, result: gates[0]?.result, messages: gates[0]?.violations.map(({ message }) => message), integrity };
}

describe("a statement", () => {
  it("opens a gate once whoever states it has signed it", async () => {
    const before = await check();
    expect([before.code, before.result]).toEqual([1, "fail"]);
    expect(before.messages).toEqual([expect.stringContaining("has no signature of whoever states it")]);
    expect(await sign("rollback.yaml", "--key", "zoe.pem")).toBe(
      "rollback.yaml is signed: rollback-test by Zoë <zoe@example.org>, passed\n",
    );
    const { code, result, integrity } = await check();
    expect([code, result]).toEqual([0, "pass"]);
    expect(integrity.reasons.map((reason) => reason.code)).not.toContain("evidence-unbound");
  });

  it("opens it for one commit after the other", async () => {
    await sign("rollback.yaml", "--key", "zoe.pem");
    expect((await check("--commit", "a".repeat(40))).result).toBe("pass");
    expect((await check("--commit", "b".repeat(40))).result).toBe("pass");
  });

  it("opens none after it was altered", async () => {
    await sign("rollback.yaml", "--key", "zoe.pem");
    appendFileSync(join(cwd, "rollback.yaml"), "role: sre\n");
    const { result, messages } = await check();
    expect(result).toBe("fail");
    expect(messages).toEqual([expect.stringContaining("has a signature that does not fit")]);
  });

  it("opens none where somebody else signed it", async () => {
    await sign("rollback.yaml", "--key", "eve.pem");
    expect((await check()).result).toBe("fail");
  });

  it.skipIf(!SSH_KEYGEN)("can be signed with a key of OpenSSH", async () => {
    const key = sshKey("ed25519");
    writeFileSync(join(cwd, "trust.yaml"), trust(key.line));
    await sign("rollback.yaml", "--ssh-key", key.path);
    expect((await check()).result).toBe("pass");
  });

  it("is signed only where it can be read", async () => {
    writeFileSync(join(cwd, "bad.yaml"), STATEMENT.replace("passed", "fine"));
    expect(await sign("bad.yaml", "--key", "zoe.pem")).toContain(
      "2: gate: bad.yaml is no statement that gate can read: the result is none of passed, failed, conditional (at /result)",
    );
    expect(await sign("rollback.yaml")).toContain("pass either --key or --ssh-key");
  });
});
