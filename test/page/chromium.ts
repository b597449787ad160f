import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A Chromium that is driven over its own protocol (https://chromedevtools.github.io/devtools-protocol), without a library. */

const NAMES = [process.env["GATE_CHROMIUM"], "chromium", "chromium-browser", "google-chrome"];

/** The program; undefined where the machine has none (`scripts/browser.sh` installs it). */
export const CHROMIUM: string | undefined = NAMES.find(
  (name) => name !== undefined && name !== "" && spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
);

export interface Browser {
  /** Opens a file in a new tab. */
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

export interface Tab {
  /** The value of an expression; of a promise, once it is there. */
  evaluate(expression: string): Promise<unknown>;
  /** Chooses a file in the input that a selector finds, as a user would. */
  choose(selector: string, path: string): Promise<void>;
  /** URLs of everything that was asked for since the tab was opened. */
  readonly requests: readonly string[];
  /** What the page reported: errors, and what its content security policy stopped. */
  readonly complaints: readonly string[];
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

export async function startChromium(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "gate-chromium-"));
  // Without its sandbox, which root and many containers cannot have; what is opened here is our own.
  const child = spawn(
    CHROMIUM ?? "chromium",
    [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-dev-shm-usage",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    { stdio: ["ignore", "ignore", "pipe"], env: { PATH: process.env["PATH"], HOME: profile } },
  );
  const socket = new WebSocket(await addressOf(child));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("Chromium does not answer")));
  });
  const link = linkOf(socket);
  return {
    open: (url) => openTab(link, url),
    async close() {
      const ended = new Promise((resolve) => {
        child.once("exit", resolve);
      });
      await link.send("Browser.close", {}).catch(() => child.kill());
      await ended;
      socket.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (data: Buffer) => {
      text += data.toString("utf8");
      const address = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", () => reject(new Error(`Chromium ended: ${text}`)));
  });
}

interface Link {
  send(method: string, params: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>>;
  listen(sessionId: string, listener: (message: Message) => void): void;
}

function linkOf(socket: WebSocket): Link {
  let number = 0;
  const waiting = new Map<
    number,
    { resolve(result: Readonly<Record<string, unknown>>): void; reject(error: Error): void }
  >();
  const listeners = new Map<string, (message: Message) => void>();
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id === undefined) {
      listeners.get(message.sessionId ?? "")?.(message);
      return;
    }
    const answer = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) answer?.resolve(message.result ?? {});
    else answer?.reject(new Error(message.error.message));
  });
  return {
    send(method, params, sessionId) {
      const id = ++number;
      const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
      return promise;
    },
    listen: (sessionId, listener) => listeners.set(sessionId, listener),
  };
}

function urlOf(request: unknown): string {
  return (request as { url: string }).url;
}

async function openTab(link: Link, url: string): Promise<Tab> {
  const { targetId } = await link.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await link.send("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  const requests: string[] = [];
  const complaints: string[] = [];
  const loaded = Promise.withResolvers<void>();
  link.listen(session, ({ method, params }) => {
    if (method === "Network.requestWillBeSent") requests.push(urlOf(params?.["request"]));
    if (method === "Page.loadEventFired") loaded.resolve();
    if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") complaints.push(JSON.stringify(params));
  });
  for (const domain of ["Page", "Network", "Runtime", "Log", "DOM"]) await link.send(`${domain}.enable`, {}, session);
  await link.send("Page.navigate", { url }, session);
  await loaded.promise;
  return {
    requests,
    complaints,
    async evaluate(expression) {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await link.send("Runtime.evaluate", options, session);
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value?: unknown }).value;
    },
    async choose(selector, path) {
      const { root } = await link.send("DOM.getDocument", {}, session);
      const { nodeId } = await link.send(
        "DOM.querySelector",
        { nodeId: (root as { nodeId: number }).nodeId, selector },
        session,
      );
      await link.send("DOM.setFileInputFiles", { nodeId, files: [path] }, session);
    },
  };
}
