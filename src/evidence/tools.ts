import type { Category } from "./types.ts";

/** What is known about a tool before its report is opened. */
export interface KnownTool {
  readonly category: Category;
  /**
   * A tool that reports style and correctness as well: those of its rules that nothing marks as a security rule are
   * `quality`. Of any other tool every finding counts as a security finding.
   */
  readonly linter: boolean;
  /** Scores that the tool makes up where it knows none (evidence.md section 14). */
  readonly syntheticScores: readonly number[];
}

const UNKNOWN_TOOL: KnownTool = { category: "sast", linter: false, syntheticScores: [] };

/** By the name without case, white space, `_` and `-`. */
const TOOLS = new Map<string, KnownTool>([
  ...known("sast", ["bandit", "gosec", "flawfinder", "mobsfscan", "semgrep", "semgrep oss", "semgrep pro"]),
  ...known("sast", ["opengrep", "brakeman", "binskim", "snyk code", "checkmarx one", "security code scan"]),
  ...known("sca", ["grype", "osv-scanner", "snyk open source", "dependency-check", "govulncheck", "npm audit"]),
  ...known("sca", ["pip-audit", "cargo-audit", "black duck", "anchore"]),
  ...known("container", ["snyk container", "dockle", "docker scout", "clair"]),
  ...known("secret", ["gitleaks", "trufflehog", "detect-secrets", "ggshield", "secretlint", "kingfisher"]),
  ...known("iac", ["checkov", "tfsec", "kics", "terrascan", "hadolint", "snyk iac", "kube-linter", "regal"]),
  ...known("dast", ["zap", "owasp zap", "nuclei", "burp suite", "dastardly"]),
  ...linters(["codeql", "lgtm.com", "sonarqube", "sonarscanner", "spotbugs", "pmd", "checkstyle", "detekt", "ktlint"]),
  ...linters(["android lint", "error prone", "inspectcode", "qodana", "roslyn", "resharper", "cppcheck", "clang-tidy"]),
  ...linters(["eslint", "biome", "oxlint", "stylelint", "standard", "ruff", "pylint", "flake8", "mypy", "pyright"]),
  ...linters([
    "golangci-lint",
    "staticcheck",
    "revive",
    "clippy",
    "rubocop",
    "phpstan",
    "psalm",
    "phpcs",
    "shellcheck",
  ]),
  ...linters(["swiftlint", "dartanalyzer", "actionlint", "yamllint", "markdownlint"]),
  ["trivy", { category: "container", linter: false, syntheticScores: [9.5, 8, 5.5, 2, 0] }],
]);

/**
 * What is known about the tool of that name. A tool nobody has heard of is a security scanner: calling its findings
 * `quality` would hide them from every security gate.
 */
export function knownTool(name: string): KnownTool {
  return TOOLS.get(normalisedName(name)) ?? UNKNOWN_TOOL;
}

/** What a file says about a rule that bears on its category. */
export interface RuleTraits {
  readonly id: string;
  readonly name: string;
  /** Tags and categories, in any case. */
  readonly labels: readonly string[];
  /** Whether it has a security score or a CWE. */
  readonly rated: boolean;
}

const SECURITY_LABEL = /security|vulnerab|secret|injection/i;
const SECURITY_RULE =
  /security|secret|vulnerab|xss|inject|(?:^|\/)(?:no-(?:implied-)?eval|no-new-func|no-script-url)$/i;

/** The category of a tool's finding. In doubt it is the tool's own: only a known linter's rule can be `quality`. */
export function categoryOfRule(toolName: string, rule: RuleTraits): Category {
  const tool = knownTool(toolName);
  const labels = new Set(rule.labels.map((label) => label.toLowerCase()));
  // Trivy puts everything it can scan for into one log and says which by a tag.
  if (tool.category === "container") {
    if (labels.has("misconfiguration")) return "iac";
    if (labels.has("secret")) return "secret";
    if (labels.has("license")) return "licence";
    if (rule.name === "LanguageSpecificPackageVulnerability") return "sca";
  }
  if (!tool.linter || rule.rated || SECURITY_RULE.test(rule.id)) return tool.category;
  return rule.labels.some((label) => SECURITY_LABEL.test(label)) ? tool.category : "quality";
}

function known(category: Category, names: readonly string[]): readonly (readonly [string, KnownTool])[] {
  return names.map((name) => [normalisedName(name), { category, linter: false, syntheticScores: [] }] as const);
}

function linters(names: readonly string[]): readonly (readonly [string, KnownTool])[] {
  return names.map((name) => [normalisedName(name), { category: "sast", linter: true, syntheticScores: [] }] as const);
}

function normalisedName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, "");
}
