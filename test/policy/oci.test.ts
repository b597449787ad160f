import { chmodSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { sha256 } from "../../src/evidence/canonical.ts";
import { findCredentials } from "../../src/policy/oci/credentials.ts";
import { type PulledImage, pullImage, pushImage } from "../../src/policy/oci/image.ts";
import { imageName, parseReference } from "../../src/policy/oci/reference.ts";
import { openRepository, type Repository } from "../../src/policy/oci/registry.ts";
import type { GateError } from "../../src/util/errors.ts";
import { temporaryFolder, writeFiles } from "../support.ts";

/** A registry that does what a real one would not, and how the client takes it. */

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

interface Server {
  /** Host and port. */
  readonly host: string;
  /** Method, path and the Authorization header of every request. */
  readonly seen: string[];
}

async function serve(handler: Handler): Promise<Server> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push([request.method, request.url, request.headers.authorization].filter(Boolean).join(" "));
      handler(request, response, Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, seen };
}

const LAYER = Buffer.from("a package");
const OPA_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const REGO_LAYER = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego";
const DATA_LAYER = "application/vnd.cncf.openpolicyagent.data.layer.v1+json";

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

function layer(content: Buffer, mediaType = OPA_LAYER, title?: string): Layer {
  const annotations = title === undefined ? {} : { annotations: { "org.opencontainers.image.title": title } };
  return { mediaType, digest: sha256(content), size: content.length, ...annotations };
}

function manifest(layers: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, layers }));
}

/** Serves an image; `wrong` answers first, and leaves alone what it does not answer. */
function image(
  content: Buffer = manifest([layer(LAYER)]),
  blobs: readonly Buffer[] = [LAYER],
  wrong: (path: string, response: ServerResponse, request: IncomingMessage) => boolean = () => false,
): Promise<Server> {
  return serve((request, response) => {
    const path = request.url ?? "";
    if (wrong(path, response, request)) return;
    if (path.startsWith("/v2/team/pack/manifests/")) return void response.end(content);
    const found = blobs.find((candidate) => path.endsWith(sha256(candidate)));
    if (found === undefined) response.statusCode = 404;
    response.end(found);
  });
}

/** Without a docker configuration unless one is given. */
function repository(host: string, docker: object = {}, timeoutMs = 5_000): Repository {
  const folder = temporaryFolder();
  writeFiles(folder, { "config.json": JSON.stringify(docker) });
  return openRepository(parseReference(`${host}/team/pack:1.0`), { variables: { DOCKER_CONFIG: folder }, timeoutMs });
}

function login(host: string, user = "me", password = "secret"): object {
  return { auths: { [host]: { auth: Buffer.from(`${user}:${password}`).toString("base64") } } };
}

const BASIC = `Basic ${Buffer.from("me:secret").toString("base64")}`;

function pull(server: Server, docker?: object, reference = "1.0"): Promise<PulledImage> {
  return pullImage(repository(server.host, docker), reference);
}

async function problem(work: Promise<unknown>): Promise<string> {
  const error = (await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as GateError | undefined;
  return `${error?.code}: ${error?.message} ${error?.hint ?? ""}`;
}

describe("the name of an image", () => {
  it.each([
    ["registry.example.com/team/pack:1.4", { registry: "registry.example.com", repository: "team/pack", tag: "1.4" }],
    ["oci://localhost/pack", { registry: "localhost", repository: "pack", tag: "latest" }],
    ["[::1]:5000/a/b-c__d:v1", { registry: "[::1]:5000", repository: "a/b-c__d", tag: "v1" }],
    [
      `r.example.com:5000/p@sha256:${"a".repeat(64)}`,
      { registry: "r.example.com:5000", repository: "p", tag: "latest", digest: `sha256:${"a".repeat(64)}` },
    ],
  ])("%s", (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
    expect(parseReference(imageName(parseReference(text)))).toEqual({ ...expected, digest: undefined });
  });

  it.each([
    "pack:1",
    "team/pack:1",
    "r.example.com/",
    "r.example.com/UPPER:1",
    "r.example.com/a/../b:1",
    "r.example.com/a//b",
    "r.example.com/a:1:2",
    "r.example.com/a@sha256:abc",
    "r.example.com/a?x=1:1",
    "user@r.example.com/a:1",
    "http://r.example.com/a:1",
    "r.example.com/a:1 ",
    "",
  ])("is not %j", (text) => {
    expect(() => parseReference(text)).toThrow("is not the name of an image");
  });
});

describe("an image of OPA's layout", () => {
  it("is pulled by its tag and by its digest", async () => {
    const server = await image();
    const expected = { layout: "opa", digest: sha256(manifest([layer(LAYER)])), archive: LAYER };
    expect(await pull(server)).toEqual(expected);
    expect(await pull(server, {}, expected.digest)).toEqual(expected);
  });

  it("is pushed with everything that it is made of, and only what is not there yet", async () => {
    const stored = new Map<string, Buffer>();
    const server = await serve((request, response, body) => {
      const url = new URL(request.url ?? "", "http://registry");
      const name = url.pathname.split("/").at(-1) ?? "";
      if (request.method === "HEAD") response.statusCode = stored.has(name) ? 200 : 404;
      else if (request.method === "POST") response.writeHead(202, { location: "/elsewhere/upload?state=a%2Bb" });
      else {
        stored.set(url.searchParams.get("digest") ?? name, body);
        expect(url.searchParams.get("state") ?? "a+b").toBe("a+b");
        response.statusCode = 201;
      }
      response.end();
    });
    const digest = await pushImage(repository(server.host), "1.0", LAYER);
    expect(sha256(stored.get("1.0") ?? "")).toBe(digest);
    expect(stored.get(sha256(LAYER))).toEqual(LAYER);
    const { layers, config } = JSON.parse(String(stored.get("1.0"))) as { layers: unknown; config: { digest: string } };
    expect(layers).toEqual([layer(LAYER, OPA_LAYER, "policy.tar.gz")]);
    expect(stored.has(config.digest)).toBe(true);
    const before = server.seen.length;
    expect(await pushImage(repository(server.host), "1.0", LAYER)).toBe(digest);
    expect(server.seen.slice(before).map((line) => line.split(" ")[0])).toEqual(["HEAD", "HEAD", "PUT"]);
  });
});

describe("an image of Conftest's layout", () => {
  const rego = Buffer.from("package a");
  const examples = Buffer.from("gate: a");

  it("is pulled file by file", async () => {
    const layers = [layer(rego, REGO_LAYER, "policy/a.rego"), layer(examples, DATA_LAYER, "policy/examples.yaml")];
    const server = await image(manifest(layers), [rego, examples]);
    expect(await pull(server)).toMatchObject({
      layout: "conftest",
      files: [
        { path: "policy/a.rego", source: "package a" },
        { path: "policy/examples.yaml", source: "gate: a" },
      ],
    });
  });

  it.each([
    ["a path upwards", layer(rego, REGO_LAYER, "../a.rego"), "is not a path inside"],
    ["a path upwards in the middle", layer(rego, REGO_LAYER, "a/../../b.rego"), "is not a path inside"],
    ["a path upwards with backslashes", layer(rego, REGO_LAYER, "..\\a.rego"), "is not a path inside"],
    ["an absolute path", layer(rego, REGO_LAYER, "/etc/a.rego"), "is not a path inside"],
    ["a drive", layer(rego, REGO_LAYER, "C:\\a.rego"), "is not a path inside"],
    ["a control character", layer(rego, REGO_LAYER, "a\n.rego"), "is not a path inside"],
    ["no name", layer(rego, REGO_LAYER), "a layer has no name"],
    ["a policy of another name", layer(rego, REGO_LAYER, "a.txt"), "is not named .rego"],
    ["data", layer(examples, DATA_LAYER, "data.json"), "holds data, which gates cannot read: data.json"],
    ["what is not text", layer(Buffer.from([0xff]), REGO_LAYER, "a.rego"), "not UTF-8"],
  ])("is refused for %s", async (_, bad, says) => {
    const server = await image(manifest([bad]), [rego, examples, Buffer.from([0xff])]);
    const said = await problem(pull(server));
    expect(said).toContain("package-invalid: the image cannot be used");
    expect(said).toContain(says);
  });
});

describe("a registry", () => {
  it.each([
    ["a manifest that is not JSON", Buffer.from("<html>"), "manifest is not JSON"],
    ["a manifest without layers", json({ schemaVersion: 2 }), "no valid list of layers"],
    ["layers that are none", manifest([{ mediaType: OPA_LAYER, digest: "sha256:abc", size: 1 }]), "no valid list"],
    ["a layer of no size", manifest([{ ...layer(LAYER), size: -1 }]), "no valid list"],
    ["a layer of a huge size", manifest([{ ...layer(LAYER), size: 2 ** 40 }]), "more than 10000 layers or 32 MiB"],
    [
      "layers that are huge together",
      manifest(Array.from({ length: 40 }, () => ({ ...layer(LAYER), size: 1 << 20 }))),
      "32 MiB",
    ],
    ["an index", json({ manifests: [] }), "index of several images"],
    [
      "an image of something else",
      manifest([layer(LAYER, "application/octet-stream")]),
      "no layer that holds policies",
    ],
  ])("that sends %s is refused", async (_, content, says) => {
    const server = await image(content);
    const said = await problem(pull(server));
    expect(said).toContain("package-invalid");
    expect(said).toContain(says);
  });

  it("that sends another manifest than was asked for is refused", async () => {
    const server = await image();
    const said = await problem(pull(server, {}, `sha256:${"0".repeat(64)}`));
    expect(said).toContain("package-untrusted");
    expect(said).toContain("sends something else than was asked for");
  });

  it("whose manifest is not what its header says is refused", async () => {
    const server = await image(undefined, undefined, (_, response) => {
      response.setHeader("docker-content-digest", `sha256:${"0".repeat(64)}`);
      return false;
    });
    expect(await problem(pull(server))).toContain("package-untrusted");
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ["other bytes", (response) => response.end("b package"), "package-untrusted"],
    ["fewer bytes", (response) => response.end("a pack"), "sends 6 bytes of 9"],
    ["more bytes", (response) => response.end(Buffer.alloc(100_000)), "sends more than 65536 bytes"],
    [
      "half of what it announced",
      (response) => {
        response.writeHead(200, { "content-length": "9" });
        response.write("a pa");
        setTimeout(() => response.destroy(), 20);
      },
      "gave no answer",
    ],
    ["bytes without end", (response) => endless(response), "sends more than 65536 bytes"],
    ["nothing for a long time", (response) => void response.writeHead(200).write("a"), "took more than 300 ms"],
    [
      "an error",
      (response) => response.writeHead(500).end('{"errors":[{"code":"UNKNOWN","message":"oh"}]}'),
      "answers 500: UNKNOWN oh",
    ],
    ["not found", (response) => response.writeHead(404).end(), "has no blobs sha256:"],
  ])("that answers with %s is refused", async (_, answer, says) => {
    const server = await image(undefined, undefined, blob(answer));
    expect(await problem(pullImage(repository(server.host, {}, 300), "1.0"))).toContain(says);
  });

  it("that is not there is an error that says so", async () => {
    const said = await problem(pullImage(repository("127.0.0.1:1"), "1.0"));
    expect(said).toMatch(/^registry-failed: http:\/\/127\.0\.0\.1:1\/v2\/team\/pack\/manifests\/1\.0 gave no answer: /);
  });
});

describe("redirects", () => {
  it("are followed to another host without the credentials", async () => {
    const storage = await serve((_, response) => void response.end(LAYER));
    const server = await image(undefined, undefined, (path, response, request) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
        return true;
      }
      return to(() => `http://${storage.host}/bucket/blob?signature=1`)(path, response);
    });
    expect(await pull(server, login(server.host))).toMatchObject({ archive: LAYER });
    expect(server.seen.at(-1)).toContain(BASIC);
    expect(storage.seen).toEqual(["GET /bucket/blob?signature=1"]);
  });

  it("to another host are not followed by its question for credentials", async () => {
    const storage = await serve((_, response) => {
      response.writeHead(401, { "www-authenticate": 'Basic realm="give"' }).end();
    });
    const server = await image(
      undefined,
      undefined,
      to(() => `http://${storage.host}/blob`),
    );
    expect(await problem(pull(server, login(server.host)))).toContain("registry-failed");
    expect(storage.seen).toEqual(["GET /blob"]);
  });

  it.each([
    [
      "what is not encrypted",
      "http://registry.example.com/blob",
      "leads to http://registry.example.com, which is not encrypted",
    ],
    ["a file", "file:///etc/passwd", "which is not encrypted"],
    ["what is no address", "http://[", "names a place that is not an address"],
  ])("to %s are refused", async (_, location, says) => {
    const server = await image(
      undefined,
      undefined,
      to(() => location),
    );
    expect(await problem(pull(server))).toContain(says);
  });

  it("without end are refused", async () => {
    const server = await image(
      undefined,
      undefined,
      to(() => "/v2/team/pack/blobs/again"),
    );
    expect(await problem(pull(server))).toContain("redirects more than 5 times");
    expect(server.seen).toHaveLength(7);
  });

  it("of an upload are refused", async () => {
    const server = await serve((request, response) => {
      response.writeHead(request.method === "HEAD" ? 404 : 307, { location: "http://127.0.0.1:1/" }).end();
    });
    expect(await problem(pushImage(repository(server.host), "1.0", LAYER))).toContain("answers POST with a redirect");
  });
});

describe("credentials", () => {
  it("are exchanged for a token once", async () => {
    const server = await tokenRegistry((given) => (given === BASIC ? '{"token":"good"}' : undefined));
    expect(await pull(server, login(server.host))).toMatchObject({ archive: LAYER });
    expect(server.seen).toEqual([
      "GET /v2/team/pack/manifests/1.0",
      `GET /token?service=r&scope=repository%3Ateam%2Fpack%3Apull ${BASIC}`,
      "GET /v2/team/pack/manifests/1.0 Bearer good",
      `GET /v2/team/pack/blobs/${sha256(LAYER)} Bearer good`,
    ]);
  });

  it("are not needed for a token that everybody gets", async () => {
    const server = await tokenRegistry(() => '{"access_token":"good"}');
    expect(await pull(server)).toMatchObject({ archive: LAYER });
  });

  it.each([
    ["asks again for ever", '{"token":"bad"}', "refuses the credentials"],
    ["gives no token", "{}", "gives no token"],
    ["gives a token with a line break", '{"token":"a\\r\\nb"}', "gives no token"],
    ["does not know the user", undefined, "refuses the credentials Run `docker login"],
  ])("end in an error where the registry %s", async (_, answer, says) => {
    const server = await tokenRegistry(() => answer);
    const said = await problem(pull(server, login(server.host)));
    expect(said).toContain(says);
    expect(said).not.toContain("secret");
    expect(server.seen.length).toBeLessThanOrEqual(3);
  });

  it.each([
    ["is not encrypted", 'Bearer realm="http://token.example.com/"', "which is not encrypted"],
    ["is none", 'Bearer service="x"', "does not say where"],
    ["is of another kind", "Negotiate", "refuses the credentials"],
  ])("are not sent where the place for tokens %s", async (_, challenge, says) => {
    const server = await serve((_request, response) => {
      response.writeHead(401, { "www-authenticate": challenge }).end();
    });
    expect(await problem(pull(server, login(server.host)))).toContain(says);
    expect(server.seen).toEqual(["GET /v2/team/pack/manifests/1.0"]);
  });

  it("that are missing are asked for by name", async () => {
    const server = await serve((_, response) => {
      response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
    });
    expect(await problem(pull(server))).toContain("asks for credentials, and there are none");
  });

  it.each(["r.example.com", "https://r.example.com", "https://r.example.com/v1/"])(
    "are found under %s",
    async (name) => {
      expect(await find(login(name, "me", "a:b"))).toEqual({ user: "me", password: "a:b" });
    },
  );

  it("of another registry are nobody's business", async () => {
    expect(await find(login("evil.example.com"))).toBeUndefined();
    expect(await find(login("r.example.com.evil"))).toBeUndefined();
  });

  it("are asked of the helper that the configuration names", async () => {
    const bin = temporaryFolder();
    const script = '#!/bin/sh\nread -r server\nprintf \'{"Username":"me","Secret":"of %s"}\' "$server"\n';
    writeFiles(bin, { "docker-credential-test": script });
    chmodSync(join(bin, "docker-credential-test"), 0o755);
    const variables = { PATH: `${bin}:/bin:/usr/bin` };
    const expected = { user: "me", password: "of r.example.com" };
    expect(await find({ credHelpers: { "r.example.com": "test" } }, variables)).toEqual(expected);
    expect(await find({ credsStore: "test" }, variables)).toEqual(expected);
  });

  it.each<[string, object | string, string]>([
    ["a helper that is not there", { credsStore: "nowhere" }, "docker-credential-nowhere could not be run"],
    ["a helper with a path", { credsStore: "../../tmp/evil" }, "the name of the credential helper is not one"],
    [
      "an identity token",
      { auths: { "r.example.com": { identitytoken: "t" } } },
      "identity token, which is not supported",
    ],
    ["a damaged file", "{", "cannot be read"],
  ])("end in an error for %s", async (_, config, says) => {
    expect(await problem(find(config, { PATH: "/nowhere" }))).toContain(says);
  });
});

function endless(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(1 << 16)));
  };
  response.on("drain", more);
  more();
}

/** A registry that wants a token of its own token service. */
async function tokenRegistry(token: (authorization: string | undefined) => string | undefined): Promise<Server> {
  const server: Server = await image(undefined, undefined, (path, response, request) => {
    if (path.startsWith("/token")) {
      const given = token(request.headers.authorization);
      response.writeHead(given === undefined ? 401 : 200).end(given);
      return true;
    }
    if (request.headers.authorization === "Bearer good") return false;
    const challenge = `Bearer realm="http://${server.host}/token",service="r",scope="repository:team/pack:pull"`;
    response.writeHead(401, { "www-authenticate": challenge }).end();
    return true;
  });
  return server;
}

async function find(config: object | string, variables: object = {}): ReturnType<typeof findCredentials> {
  const folder = temporaryFolder();
  writeFiles(folder, { "config.json": typeof config === "string" ? config : JSON.stringify(config) });
  return findCredentials("r.example.com", { DOCKER_CONFIG: folder, ...variables });
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

type Wrong = (path: string, response: ServerResponse) => boolean;

/** Answers for blobs. */
function blob(answer: (response: ServerResponse) => void): Wrong {
  return (path, response) => {
    if (!path.includes("/blobs/")) return false;
    answer(response);
    return true;
  };
}

/** Sends whoever wants a blob elsewhere. */
function to(location: () => string): Wrong {
  return blob((response) => void response.writeHead(307, { location: location() }).end());
}
