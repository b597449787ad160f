import {
  type Dockerfile as DockerfileSyntax,
  type Instruction as InstructionSyntax,
  JSONInstruction,
  ModifiableInstruction,
  Onbuild,
  PropertyInstruction,
  Run,
} from "dockerfile-ast";

/** One instruction of a Dockerfile, with continued lines put together and without comments. */
export interface Instruction {
  /** Upper case. */
  readonly keyword: string;
  /** From 1. */
  readonly line: number;
  /** Such as `from` of `--from=build`; a flag can be given more than once. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** The arguments behind the flags, without quotes; of a here-document only the line that opens it. */
  readonly words: readonly string[];
  /** Of ENV and ARG; a value is missing where there is none. */
  readonly properties: readonly (readonly [name: string, value: string | undefined])[];
  /** Of RUN what a shell is given, here-documents included. */
  readonly shell: string;
  /** Of ONBUILD. */
  readonly trigger?: Instruction;
}

/** The instructions of a file in their order. */
export function instructionsOf(text: string, file: DockerfileSyntax): readonly Instruction[] {
  const lines = text.split("\n");
  const escape = file.getEscapeCharacter();
  return file.getInstructions().map((one) => instructionOf(one, lines, escape));
}

function instructionOf(syntax: InstructionSyntax, lines: readonly string[], escape: string): Instruction {
  const trigger = syntax instanceof Onbuild ? syntax.getTriggerInstruction() : null;
  return {
    keyword: syntax.getKeyword().toUpperCase(),
    line: syntax.getRange().start.line + 1,
    flags: flagsOf(syntax),
    words: wordsOf(syntax),
    properties: propertiesOf(syntax),
    shell: syntax instanceof Run ? shellOf(syntax, lines, escape) : "",
    // A trigger of a trigger is not allowed.
    ...(trigger === null || trigger instanceof Onbuild ? {} : { trigger: instructionOf(trigger, lines, escape) }),
  };
}

function flagsOf(syntax: InstructionSyntax): ReadonlyMap<string, readonly string[]> {
  const flags = new Map<string, string[]>();
  if (!(syntax instanceof ModifiableInstruction)) return flags;
  for (const flag of syntax.getFlags()) {
    const values = flags.get(flag.getName()) ?? [];
    flags.set(flag.getName(), [...values, flag.getValue() ?? ""]);
  }
  return flags;
}

function propertiesOf(syntax: InstructionSyntax): Instruction["properties"] {
  if (!(syntax instanceof PropertyInstruction)) return [];
  return syntax.getProperties().map((property) => [property.getName(), property.getValue() ?? undefined] as const);
}

function wordsOf(syntax: InstructionSyntax): readonly string[] {
  const strings = syntax instanceof JSONInstruction ? syntax.getJSONStrings() : [];
  if (strings.length > 0) return strings.map((one) => one.getJSONValue());
  const words = syntax.getArguments();
  const opening = words.find((word) => word.getValue().startsWith("<<"));
  const own = opening === undefined ? words : words.filter((word) => sameLine(word, opening));
  return own.map((word) => word.getValue().replace(/^(["'])(.*)\1$/, "$2"));
}

type Word = ReturnType<InstructionSyntax["getArguments"]>[number];

function sameLine(a: Word, b: Word): boolean {
  return a.getRange().start.line <= b.getRange().start.line;
}

function shellOf(syntax: Run, lines: readonly string[], escape: string): string {
  const strings = syntax.getJSONStrings();
  if (strings.length > 0) return strings.map((one) => one.getJSONValue()).join(" ");
  const { start, end } = syntax.getRange();
  const own = lines.slice(start.line, end.line + 1).filter((line) => !/^\s*#/.test(line));
  return own.join("\n").replaceAll(`${escape}\n`, " ");
}
