import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import type { ContentMatch } from "./rules.ts";
import { decodedPassage, excerpt, type Passage } from "./rules.ts";

/** What YAML does to whoever loads it. */
export interface YamlContent {
  readonly matches: readonly ContentMatch[];
  /** Texts that are written in another way than they are read, and those that a shell runs. */
  readonly passages: readonly Passage[];
  /** Why it could not be read whole; the texts in it were looked at all the same. */
  readonly problem?: string | undefined;
}

/** Files of which each program reads one document, whatever comes behind it. */
const ONE_DOCUMENT =
  /(?:^|\/)(?:\.github\/.+|docker-compose[^/]*|compose|action|pubspec|mkdocs|_config|dependabot|gate|\.pre-commit-config)\.ya?ml$/;
const WORKFLOW = /(?:^|\/)(?:\.github\/workflows\/[^/]+|action)\.ya?ml$/;

/** Looks at a YAML stream without making anything of it. @param start offset of the stream in the whole text */
export function readYaml(text: string, path: string, start = 0): YamlContent {
  const matches: ContentMatch[] = [];
  const passages: Passage[] = [];
  let documents: readonly Document.Parsed[];
  try {
    const parsed = parseAllDocuments(text, { uniqueKeys: false, strict: false, logLevel: "silent", merge: false });
    documents = Array.isArray(parsed) ? parsed : [];
    for (const document of documents) {
      if (document.contents !== null) checkDocument(document.contents, start, matches, passages, WORKFLOW.test(path));
    }
  } catch (thrown) {
    // The parser calls itself for each level.
    if (!(thrown instanceof RangeError)) throw thrown;
    return { matches: [...matches, ...tagsInText(text, start)], passages, problem: "it is nested too deep" };
  }
  const second = documents[1];
  if (second !== undefined && ONE_DOCUMENT.test(path)) {
    const message = "there is more than one document, and programs differ in which they read";
    matches.push({
      rule: "yaml-several-documents",
      offset: start + second.range[0],
      severity: "low",
      confidence: "medium",
      message,
      content: "",
    });
  }
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error === undefined) return { matches, passages };
  // What cannot be read here may be read elsewhere, as a template that is filled in first.
  const known = new Set(matches.filter(({ rule }) => rule === "yaml-tag").map(({ offset }) => offset));
  const others = [...tagsInText(text, start)].filter(({ offset }) => !known.has(offset));
  return { matches: [...matches, ...others], passages, problem: error.message.split("\n")[0] ?? "" };
}

interface Frame {
  readonly node: Node;
  /** The key that it is the value of. */
  readonly key?: string | undefined;
}

function checkDocument(
  root: Node,
  start: number,
  matches: ContentMatch[],
  passages: Passage[],
  workflow: boolean,
): void {
  const add = (match: Omit<ContentMatch, "offset">, node: { readonly range?: readonly number[] | null | undefined }) =>
    matches.push({ ...match, offset: start + (node.range?.[0] ?? 0) });
  const anchors = new Map<string, Node>();
  let literal = 0;
  const open: Frame[] = [{ node: root }];
  for (let frame = open.pop(); frame !== undefined; frame = open.pop()) {
    const { node, key } = frame;
    literal++;
    if (isAlias(node)) continue;
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    const tag = languageTag(node.tag);
    if (tag !== undefined) add(tag, node);
    if (isMap(node)) checkMap(node, add);
    if (isCollection(node)) {
      for (const item of node.items.toReversed()) {
        if (isPair(item)) {
          const name = isScalar(item.key) ? String(item.key.value) : undefined;
          if (isNodeOf(item.value)) open.push({ node: item.value, key: name });
          if (isNodeOf(item.key)) open.push({ node: item.key });
        } else if (isNodeOf(item)) open.push({ node: item, key });
      }
    }
    if (isScalar(node) && typeof node.value === "string")
      checkText(node.value, node, key, start, passages, workflow, add);
  }
  const size = expandedSize(root, anchors);
  if (size > MOST_EXPANDED && size > MOST_EXPANDED_RATIO * literal) {
    const many = size >= TOO_MANY ? "endlessly many" : `${size}`;
    const message = `aliases make ${many} values of ${literal}`;
    add({ rule: "yaml-alias-bomb", severity: "high", confidence: "high", message, content: "" }, root);
  }
}

function isNodeOf(value: unknown): value is Node {
  return isAlias(value) || isScalar(value) || isCollection(value);
}

function checkText(
  value: string,
  node: Node & { readonly source?: string | undefined; readonly type?: string | undefined },
  key: string | undefined,
  start: number,
  passages: Passage[],
  workflow: boolean,
  add: (match: Omit<ContentMatch, "offset">, node: Node) => void,
): void {
  // Only these have escapes; all others read as they are written.
  if (node.type === "QUOTE_DOUBLE") passages.push(decodedPassage(value, start + (node.range?.[0] ?? 0), "text"));
  if (!workflow || !(key === "run" || key === "script")) return;
  const found = UNTRUSTED.exec(value)?.[0];
  if (found === undefined) return;
  const message = `${key} puts ${excerpt(found)}, which anybody may write, into a script; pass it in a variable`;
  add({ rule: "template-injection", severity: "high", confidence: "high", message, content: found }, node);
}

/** https://docs.github.com/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions#understanding-the-risk-of-script-injections */
const UNTRUSTED =
  /\$\{\{[^{}]{0,120}?(?:github\.event\.(?:issue\.(?:title|body)|pull_request\.(?:title|body|head\.(?:ref|label|repo\.default_branch))|comment\.body|review\.body|review_comment\.body|discussion\.(?:title|body)|pages\b|commits\b|head_commit\.(?:message|author)|workflow_run\.head_branch)|github\.head_ref)[^{}]{0,120}\}\}/;

const HARMLESS_PYTHON = /^python\/(?:none|bool|str|unicode|bytes|int|long|float|complex|list|tuple|dict)$/;

function languageTag(tag: string | undefined): Omit<ContentMatch, "offset"> | undefined {
  const name = tag?.replace(/^tag:yaml\.org,2002:|^!+/, "") ?? "";
  if (tag === undefined || HARMLESS_PYTHON.test(name)) return undefined;
  const isRunning =
    /^(?:python\/(?:object|module)|js\/function|ruby\/(?:object|hash|struct|exception|marshalable)|perl\/(?:code|hash|ref|glob|regexp)|php\/object|javax?\.|com\.sun\.|sun\.|net\.|clr)/i.test(
      name,
    );
  const isNaming =
    /^(?:python|js|ruby|perl|php|java|clr)[/:]/i.test(name) ||
    (tag.startsWith("tag:yaml.org,2002:") && /^\w+(?:\.\w+){2,}/.test(name));
  if (!isRunning && !isNaming) return undefined;
  const message = `the tag ${excerpt(name)} makes an object of a language where the text is loaded`;
  return {
    rule: "yaml-tag",
    severity: isRunning ? "high" : "medium",
    confidence: isRunning ? "high" : "medium",
    message,
    content: name,
  };
}

/** Tags where there is no tree to look at, such as in a block of code. */
export function* tagsInText(text: string, start: number): Generator<ContentMatch, void, undefined> {
  for (const { 0: found, index } of text.matchAll(
    /!!?(?:python|js|ruby|perl|php)\/[\w/.:]{1,80}|!!javax?\.[\w.]{1,80}/g,
  )) {
    const tag = languageTag(found);
    if (tag !== undefined) yield { ...tag, offset: start + index };
  }
}

function checkMap(map: YAMLMap, add: (match: Omit<ContentMatch, "offset">, node: Node) => void): void {
  const names = new Set<string>();
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const name = typeof key.value === "string" ? key.value : JSON.stringify(key.value);
    if (name === "__proto__") {
      const message = "__proto__ changes objects of JavaScript where the text is loaded";
      add({ rule: "prototype-key", severity: "high", confidence: "high", message, content: name }, key);
    }
    if (names.has(name)) {
      const rule = name === "<<" ? "yaml-merge-key" : "yaml-duplicate-key";
      const message = `the key ${excerpt(name)} is there twice, and programs differ in which they take`;
      add({ rule, severity: "medium", confidence: "high", message, content: name }, key);
    } else if (name === "<<" && key.type === "PLAIN" && !isMergeable(value)) {
      const message = "what is merged is no mapping, which programs refuse, pass over, or take for a key";
      add({ rule: "yaml-merge-key", severity: "low", confidence: "medium", message, content: name }, key);
    }
    names.add(name);
  }
}

function isMergeable(value: unknown): boolean {
  return isAlias(value) || isMap(value) || (isSeq(value) && value.items.every((one) => isAlias(one) || isMap(one)));
}

const MOST_EXPANDED = 10_000;
const MOST_EXPANDED_RATIO = 10;
const TOO_MANY = 1e12;

/** How many values there are once each alias is what it stands for. An alias to what it is in stands for endlessly many. */
function expandedSize(root: Node, anchors: ReadonlyMap<string, Node>): number {
  const sizes = new Map<Node, number | undefined>();
  const sizeOf = (node: unknown): number => {
    if (isAlias(node)) return sizeOf(anchors.get(node.source));
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
    if (!isCollection(node)) return 1;
    if (sizes.has(node)) return sizes.get(node) ?? TOO_MANY;
    sizes.set(node, undefined);
    let sum = 1;
    for (const item of node.items) sum = Math.min(TOO_MANY, sum + sizeOf(item));
    sizes.set(node, sum);
    return sum;
  };
  return sizeOf(root);
}
