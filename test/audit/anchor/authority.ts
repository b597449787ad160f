import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reply } from "./witness.ts";

/** Runs OpenSSL; its own words on standard error are for tests that fail. */
function openssl(cwd: string, ...args: readonly string[]): void {
  execFileSync("openssl", [...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
}

/** Whether this machine has the time-stamping authority of OpenSSL, which these tests ask. */
export function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export interface Authority {
  /** The certificate that its own was issued with, in PEM. */
  readonly root: string;
  /** Its own, in PEM. */
  readonly certificate: string;
  /** Answers a request as `openssl ts` does. */
  answer(request: Buffer): Reply;
}

export interface AuthorityOptions {
  readonly key?: "rsa:2048" | "ec";
  /** Of the extended key usage, as OpenSSL writes it. */
  readonly usage?: string;
  /** Of the authority's certificate. */
  readonly days?: number;
  readonly essHash?: "sha1" | "sha256" | "sha512";
  readonly digest?: "sha1" | "sha256" | "sha384" | "sha512";
  /** Puts another certificate between the root and the authority. */
  readonly intermediate?: "CA:TRUE" | "CA:FALSE";
  /** Certificates say by name alone who issued them. */
  readonly namesOnly?: boolean;
}

/** A time-stamping authority of OpenSSL in a folder, with a root of its own. */
export function createAuthority(folder: string, name: string, options: AuthorityOptions = {}): Authority {
  const { key = "ec", usage = "critical,timeStamping", days = 30, essHash = "sha256", digest = "sha256" } = options;
  const file = (suffix: string): string => join(folder, `${name}.${suffix}`);
  const newKey = key === "ec" ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["-newkey", key];
  const isAuthority = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
  const make = (part: string): readonly string[] => ["-nodes", "-keyout", file(`${part}.key`), "-out"];
  openssl(
    folder,
    "req",
    "-x509",
    ...newKey,
    ...make("root"),
    file("root.pem"),
    "-subj",
    `/CN=${name} root`,
    ...isAuthority,
  );
  const sign = (part: string, issuer: string, subject: string, extensions: string, daysValid: number): void => {
    openssl(folder, "req", ...newKey, ...make(part), file(`${part}.csr`), "-subj", subject);
    writeFileSync(file(`${part}.ext`), extensions);
    const issuing = [
      "-CA",
      file(`${issuer}.pem`),
      "-CAkey",
      file(`${issuer}.key`),
      "-set_serial",
      `${part.length + 100}`,
    ];
    const validity = ["-days", `${daysValid}`];
    openssl(
      folder,
      "x509",
      "-req",
      "-in",
      file(`${part}.csr`),
      ...issuing,
      "-out",
      file(`${part}.pem`),
      "-extfile",
      file(`${part}.ext`),
      ...validity,
    );
  };
  const issuer = options.intermediate === undefined ? "root" : "middle";
  const ids = options.namesOnly === true ? "subjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n" : "";
  if (options.intermediate !== undefined) {
    sign("middle", "root", `/CN=${name} middle`, `basicConstraints=critical,${options.intermediate}\n${ids}`, 30);
  }
  sign("tsa", issuer, `/CN=${name} tsa`, `keyUsage=critical,digitalSignature\nextendedKeyUsage=${usage}\n${ids}`, days);
  writeFileSync(file("serial"), "01\n");
  writeFileSync(
    file("conf"),
    `[tsa]
default_tsa = config
[config]
dir = ${folder}
serial = ${file("serial")}
crypto_device = builtin
signer_cert = ${file("tsa.pem")}
signer_key = ${file("tsa.key")}
certs = ${file(`${issuer}.pem`)}
signer_digest = ${digest}
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = ${essHash}
`,
  );
  return {
    root: readFileSync(file("root.pem"), "utf8"),
    certificate: readFileSync(file("tsa.pem"), "utf8"),
    answer(request) {
      writeFileSync(file("tsq"), request);
      openssl(folder, "ts", "-reply", "-config", file("conf"), "-queryfile", file("tsq"), "-out", file("tsr"));
      return {
        status: 200,
        body: readFileSync(file("tsr")),
        headers: { "content-type": "application/timestamp-reply" },
      };
    },
  };
}
