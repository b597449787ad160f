import { isDockerfile } from "../dockerfile/dockerfile.ts";
import { isChangelog } from "./changelog.ts";
import { configurationReader } from "./configuration.ts";
import { isLockFile, manifestReader } from "./packages.ts";

const SOURCE =
  /\.(?:[cm]?[jt]sx?|py|pyi|go|rs|java|kt|kts|scala|groovy|clj|rb|php|cs|fs|vb|swift|m|mm|c|h|cc|cpp|cxx|hpp|hh|dart|ex|exs|erl|hs|ml|lua|r|jl|pl|pm|sh|bash|zsh|ps1|sql|rego|tf|proto|vue|svelte|css|scss|less|html?|zig|nim|sol)$/i;
const CONFIGURATION =
  /\.(?:ya?ml|json5?|jsonc|toml|ini|cfg|conf|properties|xml|env|editorconfig)$|(?:^|\/)\.[\w.-]+rc$/i;

/** What kind of file it is, as far as its path says. */
export function typeOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (isChangelog(path)) return "changelog";
  if (/^(?:licen[cs]e|copying|notice|unlicense)(?:[-.].*)?$/i.test(name) && !SOURCE.test(name)) return "licence";
  if (isMarkdown(path)) return "markdown";
  if (isDockerfile(path)) return "dockerfile";
  if (isLockFile(path)) return "lockfile";
  if (manifestReader(path) !== undefined) return "manifest";
  if (configurationReader(path) !== undefined && /(?:^|\/)(?:workflows\/|action\.|.*gitlab-ci\.)/.test(path))
    return "workflow";
  if (SOURCE.test(name)) return "source";
  return CONFIGURATION.test(name) ? "config" : "other";
}

/** Whether a file is markdown by its name. */
export function isMarkdown(path: string): boolean {
  return /\.(?:md|mdx|markdown|mkd|mdown)$/i.test(path);
}
