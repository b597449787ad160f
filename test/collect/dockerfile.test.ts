import { describe, expect, it } from "vitest";
import { dockerfilesOf, inventoryOf } from "./support.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

async function read(text: string) {
  const { dockerfiles, reasons } = await dockerfilesOf({ Dockerfile: text });
  expect(reasons).toEqual([]);
  const [dockerfile] = dockerfiles;
  if (dockerfile === undefined) throw new Error("there is no Dockerfile");
  return dockerfile;
}

it("finds Dockerfiles by their names", async () => {
  const names = ["Dockerfile", "a/Containerfile", "Dockerfile.web", "web.dockerfile", "dockerfile"];
  const others = [
    "Dockerfile.md",
    "src/dockerfile.ts",
    "notdockerfile",
    "Dockerfile.dockerignore",
    "my-dockerfile.yaml",
  ];
  const files = Object.fromEntries([...names, ...others].map((name) => [name, "FROM scratch\n"]));
  const { dockerfiles } = await dockerfilesOf(files);
  expect(dockerfiles.map(({ path }) => path).toSorted()).toEqual(names.toSorted());
});

describe("the base", () => {
  it.each([
    ["by tag", "FROM node:24", "node:24", false, 0],
    ["by digest", `FROM node:24@${DIGEST}`, `node:24@${DIGEST}`, true, 0],
    ["by half a digest", "FROM node@sha256:abc", "node@sha256:abc", false, 1],
    ["without a tag", "FROM node", "node", false, 1],
    ["with the tag latest", "FROM example.com:5000/a/node:latest", "example.com:5000/a/node:latest", false, 1],
    ["with a port and no tag", "FROM example.com:5000/node", "example.com:5000/node", false, 1],
    ["of nothing", "FROM scratch", "scratch", true, 0],
    [
      "of an argument with a default",
      `ARG V=24\nARG IMAGE=node:$V@${DIGEST}\nFROM --platform=$BUILDPLATFORM \${IMAGE}`,
      `node:24@${DIGEST}`,
      true,
      0,
    ],
    ["of an argument with a default in its place", "FROM node:${V:-24}", "node:24", false, 0],
    ["of an argument without a default", "ARG BASE\nFROM $BASE", "$BASE", false, 0],
    ["of an argument that hides the image", `FROM \${BASE}@${DIGEST}`, `\${BASE}@${DIGEST}`, false, 0],
  ])("%s is read", async (_, text, base, pinned, latest) => {
    const { stages, ...rest } = await read(`${text}\n`);
    expect([stages[0]?.base, stages[0]?.pinned, rest.latest]).toEqual([base, pinned, latest]);
  });

  it("can be a stage before", async () => {
    const { stages } = await read("FROM node:24 AS build\nFROM Build\nFROM scratch\nCOPY --from=build /a /a\n");
    expect(stages).toEqual([
      { name: "build", line: 1, base: "node:24", fromStage: false, pinned: false },
      { line: 2, base: "Build", fromStage: true, pinned: true },
      { line: 3, base: "scratch", fromStage: false, pinned: true },
    ]);
  });
});

describe("the user", () => {
  it.each([
    ["of nobody's setting", "FROM a", undefined, true],
    ["by number", "FROM a\nUSER 1000:1000", "1000:1000", false],
    ["root", "FROM a\nUSER root", "root", true],
    ["zero", "FROM a\nUSER 0:0", "0:0", true],
    ["the last one", "FROM a\nUSER me\nRUN x\nUSER root", "root", true],
    ["of a stage that is not the last", "FROM a AS b\nUSER me\nFROM c", undefined, true],
    ["of the stage that it starts from", "FROM a AS b\nUSER me\nFROM b", "me", false],
    ["of an argument with a default", "FROM a\nARG U=me\nUSER $U", "$U", false],
    ["of a global argument", "ARG U=me\nFROM a\nARG U\nUSER ${U}", "${U}", false],
    ["of an argument without a default", "FROM a\nARG U\nUSER $U", "$U", true],
    ["of a trigger of the stage that it starts from", "FROM a AS b\nUSER me\nONBUILD USER root\nFROM b", "root", true],
    ["behind a trigger of its own", "FROM a\nUSER me\nONBUILD USER root", "me", false],
    ["in a here-document", "FROM a\nUSER me\nRUN <<EOF\nUSER root\nEOF", "me", false],
    ["in a comment", "FROM a\nUSER me\n# USER root", "me", false],
    ["in lower case, continued", "FROM a\nuser \\\n  me", "me", false],
    ["continued with another escape", "# escape=`\nFROM a\nUSER `\n  me", "me", false],
  ])("%s is known", async (_, text, user, root) => {
    const dockerfile = await read(`${text}\n`);
    expect([dockerfile.user, dockerfile.root]).toEqual([user, root]);
  });
});

describe("the health check", () => {
  it.each([
    ["there", "FROM a\nHEALTHCHECK --interval=5s CMD x", true],
    ["none", "FROM a", false],
    ["taken back", "FROM a\nHEALTHCHECK CMD x\nHEALTHCHECK NONE", false],
    ["of another stage", "FROM a\nHEALTHCHECK CMD x\nFROM b", false],
    ["of the stage that it starts from", "FROM a AS b\nHEALTHCHECK CMD x\nFROM b", true],
  ])("is %s", async (_, text, is) => expect((await read(`${text}\n`)).healthcheck).toBe(is));
});

describe("secrets", () => {
  it.each([
    ["ENV", "ENV API_TOKEN=abc OTHER=1 PASSWORD= DB_PASSWORD_FILE=/x", ["API_TOKEN"]],
    ["ENV of the old form", "ENV SECRET s3cr3t", ["SECRET"]],
    ["ARG", "ARG NPM_TOKEN\nARG VERSION=1\nARG PUBLIC_KEY", ["NPM_TOKEN"]],
    [
      "COPY",
      "COPY .npmrc .env.example .env id_rsa server.key ca.pem app.key.pub /x/",
      [".npmrc", ".env", "id_rsa", "server.key"],
    ],
    ["COPY in JSON", 'COPY ["a/.netrc", "/root/"]', ["a/.netrc"]],
    ["COPY from a stage", "COPY --from=a .npmrc /x/", []],
    ["ADD", "ADD deploy-key.pem /x", ["deploy-key.pem"]],
    ["a trigger", "ONBUILD ARG TOKEN", ["TOKEN"]],
    ["a mount", "RUN --mount=type=secret,id=npm_token x", []],
    ["a here-document", "COPY <<EOF /x\n.npmrc\nEOF", []],
  ])("of %s are named", async (_, text, names) => {
    const { secrets } = await read(`FROM a AS a\n${text}\n`);
    expect(secrets.map(({ name }) => name)).toEqual(names);
    expect(JSON.stringify(secrets)).not.toMatch(/abc|s3cr3t/);
  });
});

describe("what comes from the network", () => {
  it.each([
    ["an address", "ADD https://example.com/a.tgz /a", 1],
    ["an address with a checksum", `ADD --checksum=${DIGEST} https://example.com/a.tgz /a`, 0],
    ["a repository", "ADD git@github.com:a/b.git /a", 1],
    ["a commit of a repository", `ADD https://github.com/a/b.git#${"a".repeat(40)} /a`, 0],
    ["a file", "ADD a.tgz /a", 0],
  ])("by ADD of %s is counted", async (_, text, count) => {
    expect((await read(`FROM a\n${text}\n`)).remoteAdds).toBe(count);
  });

  it.each([
    ["apt-get", "apt-get update && apt-get install -y --no-install-recommends curl git=1:2 ./a.deb && rm -rf /x", 1],
    ["apt-get over lines", "apt-get install -y \\\n  # why\n  curl \\\n  git", 2],
    ["apk", "apk add --no-cache --virtual .build gcc musl=1.2-r0 'nodejs~=20'", 2],
    ["pip", "python3 -m pip install --no-cache-dir -r requirements.txt flask django==5.0 -i https://x .", 1],
    ["npm", "npm ci && npm install && npm install -g npm@10.1.0 pnpm@latest", 1],
    ["gem", "gem install rails -v 7.0.1 && gem install puma", 1],
    ["nothing", "echo install curl; ls apt-get", 0],
    ["sudo and assignments", "DEBIAN_FRONTEND=noninteractive sudo apt-get install curl", 1],
    ["a here-document", "<<EOF\napt-get install -y curl\nEOF", 1],
    ["a redirect", "apt-get install curl=1 > /dev/null", 0],
  ])("by %s is counted", async (_, command, count) => {
    expect((await read(`FROM a\nRUN ${command}\n`)).unpinnedPackages).toBe(count);
  });

  it("by images that files are copied or mounted from is counted", async () => {
    const text = `FROM a AS build\nFROM b\nCOPY --from=build / /\nCOPY --from=0 / /\nCOPY --from=nginx:1 / /\nCOPY --from=x@${DIGEST} / /\nRUN --mount=type=bind,from=golang:1,target=/x y\n`;
    expect((await read(text)).unpinnedCopies).toBe(2);
    const { pins } = await inventoryOf({ Dockerfile: text });
    expect(pins.map(({ name, pinned, line }) => [name, pinned, line])).toEqual([
      ["docker.io/library/a", false, 1],
      ["docker.io/library/b", false, 2],
      ["docker.io/library/nginx", false, 5],
      ["docker.io/library/x", true, 6],
      ["docker.io/library/golang", false, 7],
    ]);
  });
});

describe("a Dockerfile that cannot be read", () => {
  it.each([
    ["without a stage", "RUN x\n"],
    ["that is empty", ""],
    ["that is no text", "FROM a\0\n"],
    ["that is too large", `FROM a\n${"RUN x\n".repeat(100_000)}`],
  ])("%s is named", async (_, text) => {
    const { dockerfiles, complete, reasons } = await dockerfilesOf({ Dockerfile: text });
    expect([dockerfiles, complete, reasons.map(({ code, place }) => [code, place])]).toEqual([
      [],
      false,
      [["not-read", "Dockerfile"]],
    ]);
  });

  it.each([
    ["instructions", "RUN a\n".repeat(40_000)],
    ["variables", `RUN ${"$A ".repeat(80_000)}\n`],
    ["triggers", `${"ONBUILD ".repeat(30_000)}\n`],
    ["here-documents", `RUN ${"<<E ".repeat(60_000)}\n`],
    ["stages", "FROM a AS b\n".repeat(8_000)],
    ["assignments", `ENV ${"A=b ".repeat(60_000)}\n`],
  ])("of many %s is read", async (_, text) => {
    expect((await dockerfilesOf({ Dockerfile: `FROM a\n${text}` })).dockerfiles).toHaveLength(1);
  });
});
