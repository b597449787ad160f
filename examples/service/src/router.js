/** A minimal router: literal path segments and `:name` parameters. */
export class Router {
  #routes = [];

  add(method, pattern, handler) {
    this.#routes.push({ method, parts: split(pattern), handler });
    return this;
  }

  /** Find the handler for a request. `allowed` holds the methods known for the path. */
  match(method, path) {
    const parts = split(path);
    const allowed = new Set();
    for (const route of this.#routes) {
      const params = compare(route.parts, parts);
      if (!params) continue;
      if (route.method === method) return { handler: route.handler, params, allowed };
      allowed.add(route.method);
    }
    return { handler: null, params: {}, allowed };
  }
}

function split(path) {
  return path.split("/").filter((part) => part !== "");
}

function compare(pattern, parts) {
  if (pattern.length !== parts.length) return null;
  const params = {};
  for (const [i, want] of pattern.entries()) {
    const got = parts.at(i);
    if (want.startsWith(":")) params[want.slice(1)] = decodeURIComponent(got);
    else if (want !== got) return null;
  }
  return params;
}
