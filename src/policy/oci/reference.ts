import { isDigest } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError } from "../../util/errors.ts";

/** An image in a registry, by the grammar of the OCI distribution specification 1.1. */
export interface ImageReference {
  /** Host with port, such as `registry.example.com:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest?: Digest;
}

const REGISTRY = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const MAX_LENGTH = 512;

/**
 * Reads `registry/name[:tag][@sha256:...]`; the tag is `latest` where it is left out. A registry has a dot or a port in
 * its name or is `localhost`: there is no default one, because a short name would then be somebody else's image.
 *
 * @throws {GateError} `usage`
 */
export function parseReference(text: string): ImageReference {
  const plain = text.replace(/^oci:\/\//, "");
  const slash = plain.indexOf("/");
  const registry = plain.slice(0, slash);
  const [name = "", digest, ...more] = plain.slice(slash + 1).split("@");
  const [repository = "", tag = "latest", ...rest] = name.split(":");
  const named = /[.:]/.test(registry) || registry === "localhost";
  const valid =
    plain.length <= MAX_LENGTH &&
    slash > 0 &&
    more.length === 0 &&
    rest.length === 0 &&
    named &&
    REGISTRY.test(registry) &&
    REPOSITORY.test(repository) &&
    TAG.test(tag);
  if (!valid || (digest !== undefined && !isDigest(digest))) {
    throw new GateError("usage", `"${text}" is not the name of an image`, {
      hint: "Write registry.example.com/name:tag, or registry.example.com/name@sha256:DIGEST.",
    });
  }
  return { registry, repository, tag, ...(digest === undefined ? {} : { digest }) };
}

/** The name without a digest, as a person would write it. */
export function imageName({ registry, repository, tag }: ImageReference): string {
  return `${registry}/${repository}:${tag}`;
}
