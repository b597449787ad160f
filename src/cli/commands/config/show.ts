import { printableLocation } from "../../../audit/location.ts";
import { requireNames } from "../../../config/load.ts";
import { type EffectiveSetting, settingsOf } from "../../../config/settings.ts";
import type { Config, EvidencePattern } from "../../../config/types.ts";
import { type Environment, RISK_LEVELS, type RiskLevel } from "../../../decision/environment.ts";
import type { EnforcedGate } from "../../../decision/types.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { tableText } from "../../table.ts";
import { openConfig } from "./open.ts";

export interface ConfigShowFlags {
  readonly env: string;
  readonly component?: string;
  readonly config?: string;
  readonly json: boolean;
}

/** The effective configuration of an environment. */
interface EffectiveConfig {
  readonly environment: string;
  readonly component?: string;
  /** Globs of the component's files. */
  readonly paths?: readonly string[];
  readonly gates: readonly EnforcedGate[];
  readonly disabled: Environment["disabled"];
  /** The gates at each level of risk; missing where no gate tells the risk. */
  readonly profiles?: Readonly<Record<RiskLevel, readonly EnforcedGate[]>>;
  /** Of the environment, then those of the whole file. */
  readonly settings: readonly EffectiveSetting[];
  /** With the component's own. */
  readonly evidence: readonly EvidencePattern[];
}

/** `gate config show`: what an environment asks for, and where each value comes from. */
export async function show(flags: ConfigShowFlags, context: CommandContext): Promise<void> {
  const { config, environments } = await openConfig(flags.config, context);
  requireNames(config, flags.env, flags.component);
  const environment = (await environments(flags.component))[flags.env];
  if (environment === undefined) throw new GateError("internal", "the environment was lost");
  const effective = effectiveConfig(config, environment, flags.component);
  context.out(flags.json ? `${JSON.stringify(effective, null, 2)}\n` : humanText(effective));
}

function effectiveConfig(config: Config, environment: Environment, name: string | undefined): EffectiveConfig {
  const component = name === undefined ? undefined : config.components[name];
  const { risk } = environment;
  return {
    environment: environment.name,
    ...(name === undefined || component === undefined
      ? {}
      : { component: name, paths: component.paths.map(({ value }) => value) }),
    gates: byName(environment.gates),
    disabled: environment.disabled,
    ...(risk === undefined
      ? {}
      : {
          profiles: {
            low: byName(risk.profiles.low.gates),
            medium: byName(risk.profiles.medium.gates),
            high: byName(risk.profiles.high.gates),
          },
        }),
    settings: [...settingsOf(environment), ...fileSettings(config)],
    evidence: [...config.evidence, ...(component?.evidence ?? [])],
  };
}

function fileSettings({
  waivers,
  baseline,
  trust,
  auditStore,
  auditPrevious,
  auditGuard,
  auditEvidenceBytes,
  auditAnchors,
  auditRetention,
  sources,
}: Config): readonly EffectiveSetting[] {
  const values: readonly (readonly [string, unknown])[] = [
    ["waivers.path", waivers.path],
    ["baseline.path", baseline.path],
    ["trust.people", trust.people],
    ["trust.allowedSigners", trust.allowedSigners],
    ["trust.statements", trust.statements],
    ["audit.store", printableLocation(auditStore)],
    ...(auditPrevious === undefined ? [] : [["audit.previous", printableLocation(auditPrevious)] as const]),
    ["audit.guard", auditGuard],
    ["audit.evidenceBytes", auditEvidenceBytes],
    ...(auditAnchors.length === 0 ? [] : [["audit.anchors", auditAnchors.map(printableLocation)] as const]),
    ...Object.entries(auditRetention).map(([kind, period]) => [`audit.retention.${kind}`, period] as const),
  ];
  return values.map(([path, value]) => ({ path, value, source: sources[path] ?? "default" }));
}

function humanText(effective: EffectiveConfig): string {
  const { environment, component, gates, disabled, profiles, settings, evidence } = effective;
  const blocks = [
    `${escapeTerminal(component === undefined ? environment : `${environment}, component ${component}`)}\n`,
    `Gates\n${tableText(gateRows(gates), "  ")}`,
  ];
  if (disabled.length > 0)
    blocks.push(
      `Turned off\n${tableText(
        disabled.map(({ gate, source }) => [gate, source]),
        "  ",
      )}`,
    );
  for (const level of RISK_LEVELS) {
    const added = profiles?.[level].filter((gate) => !gates.some((other) => sameGate(gate, other))) ?? [];
    if (added.length > 0) blocks.push(`Besides, at ${level} risk\n${tableText(gateRows(added), "  ")}`);
  }
  blocks.push(
    `Settings\n${tableText(
      settings.map(({ path, value, source }) => [path, source, settingText(path, value)]),
      "  ",
    )}`,
  );
  const patterns = evidence.map(({ path, kind, format, signers, source }) => {
    const signed = signers === undefined ? "" : `signed by ${signers.join(" or ")}`;
    return [path, source, [kind, format, signed].filter(Boolean).join(", ")];
  });
  if (patterns.length > 0) blocks.push(`Evidence\n${tableText(patterns, "  ")}`);
  return blocks.join("\n");
}

function gateRows(gates: readonly EnforcedGate[]): readonly (readonly string[])[] {
  return gates.flatMap(({ gate, enforcement, source = "", parameters }) => [
    [gate, source, enforcement],
    ...Object.entries(parameters)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, parameter]) => [`  ${name}`, parameter.source, valueText(parameter.value)]),
  ]);
}

function sameGate(a: EnforcedGate, b: EnforcedGate): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function byName(gates: readonly EnforcedGate[]): readonly EnforcedGate[] {
  return gates.toSorted((a, b) => (a.gate < b.gate ? -1 : 1));
}

/** Without roles anybody counts, which `none` would not say. */
function settingText(path: string, value: unknown): string {
  return path.endsWith(".roles") && Array.isArray(value) && value.length === 0 ? "any" : valueText(value);
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueText).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
