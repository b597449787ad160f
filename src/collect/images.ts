/** A reference to a container image, taken apart. */
export interface ImageReference {
  /** With its registry, and without tag and digest, such as docker.io/library/node. */
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/**
 * Takes a reference apart as Docker does (https://github.com/distribution/reference): a first part with a dot, a colon or
 * the name localhost is a registry, and one name alone is of docker.io/library.
 */
export function imageOf(reference: string): ImageReference {
  const at = reference.indexOf("@");
  const digest = at === -1 ? undefined : reference.slice(at + 1);
  const rest = at === -1 ? reference : reference.slice(0, at);
  const colon = rest.lastIndexOf(":");
  const hasTag = colon > rest.lastIndexOf("/");
  const name = hasTag ? rest.slice(0, colon) : rest;
  return {
    name: qualified(name),
    ...(hasTag ? { tag: rest.slice(colon + 1) } : {}),
    ...(digest !== undefined && DIGEST.test(digest) ? { digest } : {}),
  };
}

function qualified(name: string): string {
  const [first = "", ...more] = name.split("/");
  if (more.length === 0) return `docker.io/library/${name}`;
  return /[.:]/.test(first) || first === "localhost" || /\$/.test(first) ? name : `docker.io/${name}`;
}

/** Fills in `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}`; what has no value stays as it is written. */
export function expanded(text: string, valueOf: (name: string) => string | undefined): string {
  return text.replaceAll(
    /\$(?:\{(\w+)(?:(:?[-+?])([^{}]*))?\}|(\w+))/g,
    (
      whole,
      braced: string | undefined,
      operator: string | undefined,
      other: string | undefined,
      bare: string | undefined,
    ) => {
      const value = valueOf(braced ?? bare ?? "");
      const isSet = value !== undefined && (value !== "" || operator?.startsWith(":") !== true);
      if (operator?.endsWith("+") === true) return isSet ? (other ?? "") : "";
      if (isSet) return value;
      return operator?.endsWith("-") === true ? (other ?? "") : whole;
    },
  );
}
