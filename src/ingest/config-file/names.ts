/** Names of files, in lower case, that Conftest has a parser for and that is in parsers.wasm. */
const WITH_PARSER =
  /^(?:dockerfile(?:\..*)?|.*\.dockerfile|\.env(?:\..*)?|.*\.env|jenkinsfile(?:\..*)?|codeowners|-|.*\.(?:cyclonedx|dockerignore|edn|gitignore|groovy|hcl|hcl1|hcl2|hocon|ignore|ini|json|jsonc|nginx|properties|spdx|tf|tfvars|toml|vcl|xml|ya?ml|dotenv|codeowners)|nginx\.conf)$/;

/** Those among them that the format `document` reads. */
const YAML_OR_JSON = /\.(?:json|ya?ml)$/;

/**
 * Whether a file has a name for which there is a parser, as a folder is looked through by Conftest.
 *
 * @param path with `/`
 */
export function isConfigFile(path: string): boolean {
  return WITH_PARSER.test(nameOf(path));
}

/** Whether only a parser of Conftest reads a file of this name, so that nothing else has to be asked. */
export function needsParser(path: string): boolean {
  return isConfigFile(path) && !YAML_OR_JSON.test(nameOf(path)) && path !== "-";
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).toLowerCase();
}
