/**
 * The rule of BuildKit (https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/): a part of the name
 * says so, and none says that it is public or only where the secret is.
 */
const SECRET = new Set([
  "apikey",
  "auth",
  "credential",
  "credentials",
  "key",
  "passphrase",
  "passwd",
  "password",
  "pword",
  "pwd",
  "secret",
  "secrets",
  "token",
]);
const HARMLESS = new Set(["public", "file", "path", "url", "endpoint", "id", "name", "server", "type", "version"]);

/** Whether a variable holds a secret, as far as its name tells. */
export function isSecretName(name: string): boolean {
  const parts = name.toLowerCase().split(/[_-]/);
  if (name.toUpperCase() === "PWD") return false;
  return parts.some((part) => SECRET.has(part)) && !parts.some((part) => HARMLESS.has(part));
}

const FILES = [
  /^\.env(?:\..+)?$/,
  /^\.(?:npmrc|yarnrc|netrc|pypirc|git-credentials|htpasswd|dockercfg|pgpass|my\.cnf)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)$/,
  /\.(?:key|p12|pfx|jks|keystore|kdbx)$/,
  /^credentials\.(?:json|csv|ya?ml)$/,
  /^service[-_]account.*\.json$/,
  /^(?:private|secret)s?\b.*\.(?:pem|json|ya?ml)$/,
  /^key.*\.pem$|.*[-_.]key\.pem$/,
];
const EXAMPLES = /(?:example|sample|template|dist|defaults?)$|\.pub(?:\.key)?$|public/;

/** Whether a file that is copied into an image holds a secret, as far as its name tells. */
export function isSecretFile(path: string): boolean {
  // Elsewhere `credentials` is the name of a folder as well.
  if (/(?:^|\/)\.aws\/(?:credentials)?$/.test(path)) return true;
  const name = (path.split("/").at(-1) ?? "").toLowerCase().slice(0, 255);
  return !EXAMPLES.test(name) && FILES.some((pattern) => pattern.test(name));
}
