import type {
  EvidenceStatus,
  ParsedEvidence,
  Tool,
  VexEvidence,
  VexSpecification,
  VexStatement,
  VexStatus,
} from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import type { DiagnosticList } from "./diagnostics.ts";
import { kept } from "./values.ts";

/** A product that a statement is about. */
export interface VexTarget {
  readonly product: string;
  /** The packages inside the product; empty means the product itself. */
  readonly subcomponents: readonly string[];
}

/** What a document says of one vulnerability, before its statements are compared. */
export interface StatedVex {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  /** Empty where the statement names no product. */
  readonly targets: readonly VexTarget[];
  readonly status: VexStatus;
  readonly justification?: string | undefined;
  readonly impact?: string | undefined;
  readonly action?: string | undefined;
  /** RFC 3339, UTC. */
  readonly at?: string | undefined;
}

/** What a VEX document says, before it is made evidence. */
export interface VexDocument {
  readonly specification: VexSpecification;
  readonly formatVersion?: string | undefined;
  readonly author?: string | undefined;
  readonly tools: readonly Tool[];
  /** RFC 3339, UTC. */
  readonly producedAt?: string | undefined;
  /** What the document says of itself; statements that are missing or contradict each other change it. */
  readonly status: EvidenceStatus;
  readonly reasons: DiagnosticList;
  readonly warnings: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
  /** Whether of two statements on one matter the later one replaces the other, as in OpenVEX. */
  readonly latestWins: boolean;
  readonly statements: readonly StatedVex[];
}

/** One vulnerability in one product, or in one package inside it. */
interface Matter {
  readonly statement: StatedVex;
  /** The other ids of the vulnerability that are the name of one in the document. */
  readonly aliases: readonly string[];
  readonly product: string;
  readonly subcomponent: string | undefined;
}

/** Of products, packages in them and ids together; beyond it a document is not one that a vendor publishes. */
const MOST_KEYS = 4_000_000;

/**
 * The evidence of a VEX document. A statement that a later one replaces in part is split into the part that was replaced
 * and the part in force. A document that calls one thing affected and not affected at once is partial.
 */
export function vexEvidence(document: VexDocument, limits: Limits): ParsedEvidence {
  const { reasons, inconsistencies } = document;
  const matters = mattersOf(document.statements);
  const isSuperseded = document.latestWins ? supersessionOf(matters.flat()) : () => false;
  const statements = matters.flatMap((group) => regrouped(group, isSuperseded, limits));
  const contradictions = contradictionsIn(matters.flat().filter((matter) => !isSuperseded(matter)));
  for (const { statement, product } of contradictions) {
    const message = `${statement.vulnerability} is both ${statement.status} and not so in ${product || "every product"}`;
    inconsistencies.add("statements-contradict", message);
  }
  if (contradictions.length > 0) reasons.add("statements-contradict", "statements in force contradict each other");
  if (statements.length === 0) reasons.add("no-statements", "the document makes no statements");
  const { author, formatVersion, producedAt } = document;
  return {
    kind: "vex",
    ...(formatVersion === undefined ? {} : { formatVersion: kept(formatVersion, limits) }),
    tools: document.tools,
    subject: {},
    ...(producedAt === undefined ? {} : { producedAt }),
    status: statusOf(document.status, statements.length, contradictions.length),
    statusReasons: reasons.list(),
    quality: { warnings: document.warnings.list(), inconsistencies: inconsistencies.list(), redactions: 0 },
    summary: {
      specification: document.specification,
      ...(author === undefined ? {} : { author: kept(author, limits) }),
      ...countsOf(statements),
    },
    body: { statements },
  };
}

function statusOf(stated: EvidenceStatus, statements: number, contradictions: number): EvidenceStatus {
  if (stated === "partial" || contradictions > 0) return "partial";
  return statements === 0 ? "empty" : stated;
}

function countsOf(statements: readonly VexStatement[]): Omit<VexEvidence["summary"], "specification" | "author"> {
  const inForce = statements.filter(({ superseded }) => !superseded);
  const count = (wanted: VexStatus) => inForce.filter(({ status }) => status === wanted).length;
  return {
    statements: statements.length,
    inForce: inForce.length,
    notAffected: count("not-affected"),
    affected: count("affected"),
    fixed: count("fixed"),
    underInvestigation: count("under-investigation"),
  };
}

/** What each statement is about. */
function mattersOf(statements: readonly StatedVex[]): readonly (readonly Matter[])[] {
  const names = new Set(statements.map(({ vulnerability }) => vulnerability));
  let keys = 0;
  return statements.map((statement) => {
    const aliases = statement.aliases.filter((alias) => alias !== statement.vulnerability && names.has(alias));
    const targets: readonly { readonly product: string; readonly subcomponents: readonly (string | undefined)[] }[] =
      statement.targets.length > 0 ? statement.targets : [{ product: "", subcomponents: [] }];
    for (const { subcomponents } of targets) keys += Math.max(1, subcomponents.length) * (1 + aliases.length);
    if (keys > MOST_KEYS) throw new FormatError("limit-exceeded", `more than ${MOST_KEYS} products and packages`);
    return targets.flatMap(({ product, subcomponents }) =>
      (subcomponents.length > 0 ? subcomponents : [undefined]).map((subcomponent) => ({
        statement,
        aliases,
        product,
        subcomponent,
      })),
    );
  });
}

/** A product as a whole has `[]`, a package in it `[name]`, and any package at all `null`. */
type Part = readonly string[] | null;

/** The keys by which a matter is found under its own name and under every id that it has. */
function keysOf({ statement, aliases, product }: Matter, parts: readonly Part[]): readonly string[] {
  const { vulnerability } = statement;
  return parts.flatMap((part) => [
    JSON.stringify(["name", vulnerability, product, part]),
    ...[vulnerability, ...aliases].map((id) => JSON.stringify(["id", id, product, part])),
  ]);
}

/** The keys of matters that are on the same vulnerability: the name of one is an id of the other. */
function queriesOf({ statement, aliases, product }: Matter, parts: readonly Part[]): readonly string[] {
  const { vulnerability } = statement;
  return parts.flatMap((part) => [
    JSON.stringify(["id", vulnerability, product, part]),
    ...aliases.map((id) => JSON.stringify(["name", id, product, part])),
  ]);
}

/**
 * Tells whether there is a later statement on the same vulnerability and product. Statements on two packages inside a
 * product are on two matters; one on the whole product is on the matter of each.
 */
function supersessionOf(matters: readonly Matter[]): (matter: Matter) => boolean {
  const newest = new Map<string, string>();
  for (const matter of matters) {
    const { at } = matter.statement;
    const parts = matter.subcomponent === undefined ? [[]] : [[matter.subcomponent], null];
    if (at === undefined) continue;
    for (const key of keysOf(matter, parts)) {
      if (at > (newest.get(key) ?? "")) newest.set(key, at);
    }
  }
  return (matter) => {
    const { at } = matter.statement;
    const parts = matter.subcomponent === undefined ? [[], null] : [[matter.subcomponent], []];
    return at !== undefined && queriesOf(matter, parts).some((key) => (newest.get(key) ?? "") > at);
  };
}

/** The matters that somebody may take for harmless although another statement says that they are not. */
function contradictionsIn(matters: readonly Matter[]): readonly Matter[] {
  const isHarmless = ({ statement: { status } }: Matter) => status === "not-affected" || status === "fixed";
  const open = new Set<string>();
  for (const matter of matters.filter((one) => !isHarmless(one))) {
    const parts = matter.subcomponent === undefined ? [[]] : [[matter.subcomponent], null];
    for (const key of keysOf(matter, parts)) open.add(key);
  }
  return matters.filter((matter) => {
    const parts = matter.subcomponent === undefined ? [[], null] : [[matter.subcomponent]];
    return isHarmless(matter) && queriesOf(matter, parts).some((key) => open.has(key));
  });
}

/** The statements of the model that one statement of the document makes: as few as have the same packages and force. */
function regrouped(
  matters: readonly Matter[],
  isSuperseded: (matter: Matter) => boolean,
  limits: Limits,
): readonly VexStatement[] {
  const judged = matters.map((matter) => ({ ...matter, superseded: isSuperseded(matter) }));
  const byProduct = Map.groupBy(judged, ({ product, superseded }) => JSON.stringify([product, superseded]));
  const parts = [...byProduct.values()].flatMap((group) => {
    const [first] = group;
    const inside = new Set(group.flatMap(({ subcomponent }) => subcomponent ?? []));
    const whole = group.some(({ subcomponent }) => subcomponent === undefined);
    return first === undefined ? [] : [{ ...first, inside: whole ? [] : [...inside] }];
  });
  const alike = Map.groupBy(parts, ({ inside, superseded }) => JSON.stringify([inside, superseded]));
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { statement, inside, superseded } = first;
    const { justification, impact, action, at } = statement;
    const aliases = [...new Set(statement.aliases)].filter((alias) => alias !== statement.vulnerability);
    return [
      {
        vulnerability: kept(statement.vulnerability, limits),
        aliases: aliases.map((alias) => kept(alias, limits)),
        products: group.filter(({ product }) => product !== "").map(({ product }) => kept(product, limits)),
        subcomponents: inside.map((name) => kept(name, limits)),
        status: statement.status,
        ...(justification === undefined ? {} : { justification: kept(justification, limits) }),
        ...(impact === undefined ? {} : { impact: kept(impact, limits) }),
        ...(action === undefined ? {} : { action: kept(action, limits) }),
        ...(at === undefined ? {} : { at }),
        superseded,
      },
    ];
  });
}
