/** A parameter without a value, such as `?wsdl`; a token would have digits in it. */
const BARE_NAME = /^[a-z][a-z_.-]{0,31}$/i;

/**
 * A URL as a scan of a web site may keep it: without user, fragment and the values of parameters, which may hold
 * tokens. Works on what is no valid URL as well, for scanners send such.
 */
export function urlWithoutValues(url: string): string {
  const [address = ""] = url.split("#", 1);
  const question = address.indexOf("?");
  const path = question === -1 ? address : address.slice(0, question);
  const names = question === -1 ? [] : parametersIn(address.slice(question + 1));
  const plain = path.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1").replaceAll(/;([^;=/]*)=[^;/]*/g, ";$1");
  return names.length === 0 ? plain : `${plain}?${names.join("&")}`;
}

/** The name of a parameter, header or cookie, which some scanners write with its value. */
export function parameterOf(parameter: string): string {
  return (parameter.split("=", 1)[0] ?? "").trim();
}

function parametersIn(query: string): readonly string[] {
  const parts = query.split("&").filter((part) => part.includes("=") || BARE_NAME.test(part));
  return [...new Set(parts.map(parameterOf).filter((name) => name !== ""))];
}

const ENTITIES = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
  ["#39", "'"],
  ["nbsp", " "],
]);

/** The text of a little HTML on one line: tags become spaces, and the entities that XML and HTML share characters. */
export function textOfHtml(html: string): string {
  return html
    .replaceAll(/<[a-z/!][^<>]*>/gi, " ")
    .replaceAll(/&(#?\w{1,8});/g, (entity, name: string) => ENTITIES.get(name) ?? entity)
    .replaceAll(/\s+/g, " ")
    .trim();
}
