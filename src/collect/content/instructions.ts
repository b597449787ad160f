import type { Confidence } from "../../evidence/types.ts";
import { latinOf } from "./characters.ts";
import { type ContentMatch, type ContentRule, decodedPassage, excerpt, type Passage } from "./rules.ts";

type Strength = Pick<ContentMatch, "severity" | "confidence">;

/** One way in which texts address a machine. It is matched against lower case with single spaces. */
interface Pattern {
  readonly rule: ContentRule;
  readonly what: string;
  readonly expression: RegExp;
  readonly strength: Strength;
  /** Only in text that readers do not see: in plain sight people write so to each other. */
  readonly hiddenOnly?: true;
}

const STRONG: Strength = { severity: "high", confidence: "high" };
const LIKELY: Strength = { severity: "high", confidence: "medium" };
const POSSIBLE: Strength = { severity: "medium", confidence: "medium" };
const WEAK: Strength = { severity: "medium", confidence: "low" };

const EARLIER =
  "(?:previous|prior|earlier|above|preceding|foregoing|former|past|original|initial|existing|system|developer|safety)";
const FILLER = "(?:all|any|every|each|of|the|your|my|our|these|those|this|that|other|and|or|given|set)";
const MODEL =
  "(?:ais?|llms?|(?:large )?language models?|ai (?:assistant|agent|model|reviewer|bot)s?|chatgpt|gpt-?\\d?|claude|gemini|copilot|coding (?:assistant|agent)s?)";

const PATTERNS: readonly Pattern[] = [
  {
    rule: "model-instruction",
    what: "tells a model to forget its instructions",
    expression: new RegExp(
      `\\b(?:ignore|disregard|forget|override|neglect|do not follow|don't follow|stop following) (?:${FILLER} ){0,5}${EARLIER} (?:(?:${FILLER}|${EARLIER}) ){0,4}(?:instructions?|prompts?|directions?|directives?|guidelines?|commands?|orders?|rules|programming)\\b`,
      "g",
    ),
    strength: STRONG,
  },
  {
    rule: "model-instruction",
    what: "tells a model to forget its instructions",
    expression:
      /\b(?:ignore|disregard|forget) (?:(?:all|any|everything|your|the|of|my) ){1,4}(?:instructions?|prompts?|you (?:know|were told|have been told)|(?:written |said )?(?:above|before this|before))\b/g,
    strength: LIKELY,
  },
  {
    rule: "model-instruction",
    what: "tells a model to forget its instructions",
    expression:
      /(?:ignoriere?n? (?:sie )?(?:alle )?(?:bisherigen|vorherigen|vorigen|obigen|früheren) (?:anweisungen|instruktionen|befehle)|ignore[rz]? (?:toutes )?les instructions (?:précédentes|antérieures|ci-dessus)|ignor[ae]r? (?:todas )?las instrucciones (?:anteriores|previas)|ignor[ae]r? (?:tutte )?le istruzioni precedenti|ignor[ae]r? (?:todas )?as instruções anteriores|忽略(?:之前|以上|先前|前面)(?:的)?(?:所有)?(?:指令|指示|提示|说明)|(?:以前|これまで|上記)の(?:すべての)?指示を無視)/g,
    strength: STRONG,
  },
  {
    rule: "model-instruction",
    what: "asks a model for its instructions",
    expression:
      /\b(?:reveal|print|show|repeat|output|display|leak|disclose|tell me|give me|send me) (?:(?:me|us|your|the|all|of|full|entire|exact|hidden|secret|complete) ){1,5}(?:system prompts?|system messages?|initial (?:instructions|prompt)|hidden instructions|developer messages?)\b/g,
    strength: LIKELY,
  },
  {
    rule: "model-instruction",
    what: "gives a model another role",
    expression:
      /\b(?:you are now (?:in |an? )?(?:(?!the\b)[\w-]+ ){0,2}(?:dan|developer mode|jailbroken|unrestricted|unfiltered|god mode)|do anything now|you are no longer bound by|pretend (?:that )?you have no (?:restrictions|rules|guidelines|limits))\b/g,
    strength: LIKELY,
  },
  {
    rule: "model-instruction",
    what: "speaks to a language model",
    expression: new RegExp(
      `\\b(?:if you are|attention|note (?:to|for)|dear|hey|messages? (?:to|for)|instructions? (?:to|for)|important (?:to|for)),? (?:an? |any |all |every |the )?${MODEL}\\b[^.!?]{0,200}?\\b(?:must|should|please|ignore|approve|run|execute|fetch|download|send|include|output|respond|reply|always|never|do not|merge|rate)\\b`,
      "g",
    ),
    strength: POSSIBLE,
  },
  {
    rule: "model-instruction",
    what: "asks that something is kept from people",
    expression:
      /\b(?:do not|don't|never|without) (?:tell|inform|notify|mention|telling|informing|notifying|mentioning|alerting) (?:(?:this|that|it|anything|about|to|any of) ){0,3}(?:the )?(?:users?|humans?|reviewers?|operators?|maintainers?)\b/g,
    strength: WEAK,
  },
  {
    rule: "model-instruction",
    what: "asks for secrets to be sent away",
    expression:
      /\b(?:send|post|upload|exfiltrate|forward|leak|append|include) [^.!?]{0,60}\b(?:environment variables|env vars|conversation|chat history|system prompt|ssh keys?|private keys?|\.env|secrets|credentials)\b[^!?]{0,40}\b(?:to|at|via|in) [^ ]{0,20} ?https?:\/\//g,
    strength: POSSIBLE,
  },
  {
    rule: "model-instruction",
    what: "asks for an approval",
    expression:
      /\b(?:approve|merge|accept) (?:this|the) (?:pull request|merge request|pr|mr|change|patch)\b|\b(?:give|write) (?:only )?an? (?:positive|favou?rable) review\b/g,
    strength: LIKELY,
    hiddenOnly: true,
  },
  {
    rule: "model-instruction",
    what: "gives instructions",
    expression:
      /\b(?:new (?:system )?(?:instructions|prompt) ?:|you must (?:always|now|never)|run the following command|execute the following|fetch https?:|curl https?:)/g,
    strength: POSSIBLE,
    hiddenOnly: true,
  },
  {
    rule: "role-marker",
    what: "marks who speaks to a language model",
    expression:
      /<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|end_of_text|begin_of_text|start_header_id|end_header_id|eot_id|endofprompt|channel|message)\|>|\[\/?inst\](?=\s|$|<)|<<\/?sys>>|<\/?(?:start|end)_of_turn>/g,
    strength: STRONG,
  },
  {
    rule: "role-marker",
    what: "marks who speaks to a language model",
    expression: /### ?(?:system(?: prompt)?|instruction|response) ?: /g,
    strength: WEAK,
  },
  {
    rule: "tool-call",
    what: "is a call of a tool",
    expression: /<\/?(?:antml:)?(?:tool_calls?|function_calls?|tool_use|tool_code|tool_result)\b/g,
    strength: LIKELY,
  },
  {
    rule: "tool-call",
    what: "is a call of a tool",
    expression:
      /\{ ?"(?:tool_calls|function_call)" ?: ?[[{]|\{ ?"name" ?: ?"[\w.-]{1,64}" ?, ?"(?:arguments|input)" ?: ?[{"]/g,
    strength: POSSIBLE,
  },
];

const TEMPLATES: readonly (readonly [expression: RegExp, strength: Strength])[] = [
  [/\$\{(?:jndi:|\$\{(?:lower|upper|env|::-)[^}]{0,20}\})[^\n]{0,80}/gi, STRONG],
  [
    /\{\{[^{}]{0,80}(?:constructor|__class__|__mro__|__subclasses__|__globals__|__builtins__|__import__|config\.items)/g,
    STRONG,
  ],
  [/T\(java\.lang\.(?:Runtime|ProcessBuilder|System)\)/g, STRONG],
  [/<%[=-]?[^%\n]{0,80}\b(?:system|exec|eval|popen|Runtime|child_process)\b/g, LIKELY],
  [/(?:\{\{|[$#]\{|<%=) ?\d{1,6} ?\* ?'?\d{1,6}'? ?(?:\}\}|\}|%>)/g, { severity: "medium", confidence: "high" }],
  [
    /\$\{\{[^{}\n]{0,120}(?:github\.event\.(?:issue|pull_request|comment|review|review_comment|discussion|head_commit|commits|pages)\b[\w.*[\]]{0,40}\.(?:title|body|ref|label|message|name|email|page_name)\b|github\.head_ref\b|\bsecrets\.)/g,
    WEAK,
  ],
];

/** What a passage says to a machine that reads it. */
export function* passageMatches(passage: Passage): Generator<ContentMatch, void, undefined> {
  yield* spokenMatches(passage);
  for (const [expression, strength] of TEMPLATES) {
    for (const { 0: found, index } of passage.text.matchAll(expression)) {
      const message = `an expression of a template language, ${excerpt(found)}`;
      yield {
        rule: "template-injection",
        offset: passage.offsetAt(index),
        ...standing(strength, passage),
        message,
        content: found,
      };
    }
  }
}

function* spokenMatches(passage: Passage): Generator<ContentMatch, void, undefined> {
  const { text, indexes } = normalised(passage.text);
  for (const { rule, what, expression, strength, hiddenOnly } of PATTERNS) {
    const hidden = passage.standing === "hidden";
    if (hiddenOnly === true && !hidden) continue;
    for (const { 0: found, index } of text.matchAll(expression)) {
      const message = `${hidden ? "text that readers do not see" : "the text"} ${what}: ${excerpt(found)}`;
      yield {
        rule: hidden ? "hidden-text" : rule,
        offset: passage.offsetAt(indexes[index] ?? 0),
        ...standing(strength, passage),
        message,
        content: found,
      };
    }
  }
}

/** What is shown as code is most often shown to people; what is hidden is for nobody else. */
function standing({ severity, confidence }: Strength, { standing: how }: Passage): Strength {
  if (how === "code") return { severity, confidence: "low" };
  return how === "hidden" ? { severity: "high", confidence: stronger(confidence) } : { severity, confidence };
}

function stronger(confidence: Confidence): Confidence {
  return confidence === "low" ? "medium" : "high";
}

/** The text as a machine would read it: without what is invisible, with letters for what looks like them, in lower case. */
function normalised(text: string): { readonly text: string; readonly indexes: readonly number[] } {
  const parts: string[] = [];
  const indexes: number[] = [];
  let index = 0;
  let space = false;
  for (const character of text) {
    const start = index;
    index += character.length;
    if (/\s/.test(character)) {
      if (!space) {
        parts.push(" ");
        indexes.push(start);
      }
      space = true;
      continue;
    }
    const plain = plainCharacter(character);
    if (plain === "") continue;
    space = false;
    parts.push(plain);
    for (let unit = 0; unit < plain.length; unit++) indexes.push(start);
  }
  return { text: parts.join(""), indexes };
}

function plainCharacter(character: string): string {
  // ASCII is most of most texts.
  if (character <= "\u007f") return character.toLowerCase();
  if (/[\u2018\u2019]/.test(character)) return "'";
  if (/[\p{Cf}\p{Variation_Selector}\u034F\u115F\u1160\u3164\uFFA0]/u.test(character)) return tagLetter(character);
  return latinOf(character.normalize("NFKC")).toLowerCase();
}

/** Tag characters are letters for whoever decodes them. */
function tagLetter(character: string): string {
  const value = character.codePointAt(0) ?? 0;
  return value >= 0xe0020 && value <= 0xe007e ? String.fromCodePoint(value - 0xe0000).toLowerCase() : "";
}

const BASE64 = /[A-Za-z0-9+/]{24,}(?:\r?\n[A-Za-z0-9+/]{4,})*={0,2}|[A-Za-z0-9_-]{32,}={0,2}/g;
const MAX_BLOBS = 2_000;
const MAX_BLOB = 1 << 16;
const MAX_DEPTH = 2;

/**
 * What stands in Base64. Of a blob that is larger than 64 KiB the start is read, and 2,000 of one text.
 *
 * @returns whether all were looked at
 */
export function* encodedMatches(text: string, depth = 0): Generator<ContentMatch, boolean, undefined> {
  let count = 0;
  for (const { 0: blob, index } of text.matchAll(BASE64)) {
    if (/^[a-z]+$|^[A-Z_]+$|^[0-9a-f]+$/.test(blob)) continue;
    const decoded = decodedText(blob.slice(0, MAX_BLOB));
    if (decoded === undefined) continue;
    if (++count > MAX_BLOBS) return false;
    const inner = [...passageMatches(decodedPassage(decoded, index, "text")), ...scriptsIn(decoded, index)];
    if (depth + 1 < MAX_DEPTH) inner.push(...encodedMatches(decoded, depth + 1));
    const worst = inner.find(({ severity }) => severity === "high") ?? inner[0];
    if (worst === undefined) continue;
    yield {
      rule: "encoded-payload",
      offset: index,
      severity: worst.severity,
      confidence: worst.confidence === "low" ? "low" : "high",
      message: `Base64 in which ${worst.message}`,
      content: blob,
    };
  }
  return true;
}

function* scriptsIn(decoded: string, offset: number): Generator<ContentMatch, void, undefined> {
  const found = /<script\b|javascript:|!!python\/object/i.exec(decoded)?.[0];
  if (found === undefined) return;
  yield {
    rule: "active-html",
    offset,
    severity: "high",
    confidence: "medium",
    message: `there is ${excerpt(found)}`,
    content: found,
  };
}

/** The text of a blob; undefined where it is none. */
function decodedText(blob: string): string | undefined {
  const text = Buffer.from(blob, /[_-]/.test(blob) ? "base64url" : "base64").toString("utf8");
  // oxlint-disable-next-line eslint/no-control-regex -- what has controls is no text
  return text.length < 12 || /[\u0000-\u0008\u000E-\u001F\uFFFD]/.test(text.slice(0, -1)) ? undefined : text;
}
