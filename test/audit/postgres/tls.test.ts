import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAuditStore } from "../../../src/audit/open.ts";
import { ORIGIN, temporaryDirectory } from "../fixtures.ts";
import { describeWithPostgres, type Server, startServer, unprivilegedUser } from "./server.ts";

describeWithPostgres("a connection over a network", () => {
  const directory = temporaryDirectory();
  const authority = join(directory.path, "ca.pem");
  const other = join(directory.path, "other.pem");
  let server: Server;
  let database: string;
  let port: number;

  beforeAll(async () => {
    chmodSync(directory.path, 0o755);
    port = await freePort();
    makeAuthority(directory.path, "ca");
    makeAuthority(directory.path, "other");
    const key = join(directory.path, "server.key");
    const certificate = join(directory.path, "server.pem");
    makeCertificate(directory.path);
    const { uid, gid } = unprivilegedUser();
    chownSync(key, uid, gid);
    chmodSync(key, 0o600);
    const tls = ["ssl=on", `ssl_cert_file=${certificate}`, `ssl_key_file=${key}`];
    server = await startServer(["listen_addresses=127.0.0.1", ...tls], port);
    database = await server.newLog();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  async function opening(host: string, parameters: string): Promise<unknown> {
    const path = `postgres://ci@${host}:${port}/${database}?log=${ORIGIN}${parameters}`;
    return openAuditStore({ path, mode: "append" }).then(
      async (store) => store.close(),
      (error: unknown) => error,
    );
  }

  test("reaches the server that its authority vouches for", async () => {
    expect(await opening("localhost", `&sslmode=verify-full&sslrootcert=${authority}`)).toBeUndefined();
  });

  test.each([
    ["a certificate of no authority that is known", "localhost", () => "&sslmode=verify-full"],
    ["a certificate of another authority", "localhost", () => `&sslmode=verify-full&sslrootcert=${other}`],
    ["a certificate of another host", "127.0.0.2", () => `&sslmode=verify-full&sslrootcert=${authority}`],
    [
      "a certificate that does not name the address",
      "127.0.0.1",
      () => `&sslmode=verify-full&sslrootcert=${authority}`,
    ],
  ])("%s is refused", async (_, host, parameters) => {
    expect(await opening(host, parameters())).toMatchObject({
      code: "audit-write-failed",
      message: expect.stringContaining("cannot be reached"),
    });
  });
});

function openssl(folder: string, args: readonly string[]): void {
  execFileSync("openssl", [...args], { cwd: folder, stdio: "ignore" });
}

function makeAuthority(folder: string, name: string): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`];
  openssl(folder, ["req", "-x509", ...key, "-days", "2", "-subj", `/CN=${name}`, "-out", `${name}.pem`]);
}

/** For `localhost`, and not for its address. */
function makeCertificate(folder: string): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key"];
  openssl(folder, ["req", "-new", ...key, "-subj", "/CN=localhost", "-out", "server.csr"]);
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost\n");
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  openssl(folder, ["x509", "-req", "-in", "server.csr", ...signing, "-out", "server.pem"]);
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const probe = createServer();
  probe.listen(0, "127.0.0.1", () => {
    const address = probe.address();
    probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
  });
  return promise;
}
