/**
 * One function for each sink. Everything that a tool wrote is hostile: a rule id may hold an escape sequence, a message
 * may hold a workflow command, a path may hold markup.
 */

// C0 and C1 controls but tab and line feed, the Unicode controls that reorder or hide text (UTS #39, "Trojan Source"), and
// the two characters that XML does not have.
const CONTROLS =
  // oxlint-disable-next-line eslint/no-control-regex -- the controls are what this is about
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFFFE\uFFFF]/gu;

/** Replaces invisible and reordering controls by a visible mark, so that text reads as it is stored. */
export function visible(text: string): string {
  return text.toWellFormed().replace(CONTROLS, "\u{FFFD}");
}

/**
 * For a terminal and for the log of a CI job: one line, no controls, and nothing that a CI service would take for a
 * command to itself (`::error` at the start of a line, `##vso[` and `##teamcity[` anywhere).
 */
export function escapeTerminal(text: string): string {
  return visible(text)
    .replace(/[\t\n]+/g, " ")
    .replace(/^ *::/, ": :")
    .replace(/##(?=\w*\[)/g, "# #");
}

/** As {@link escapeTerminal}, for a line whose indentation is ours. */
export function escapeIndented(line: string): string {
  const indentation = /^ */.exec(line)?.[0] ?? "";
  return indentation + escapeTerminal(line.slice(indentation.length));
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For HTML and XML text, and for attribute values in either kind of quote. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? character);
}

/** For GitHub-flavoured Markdown inside a table cell or a paragraph: no markup, no link, no mention, no line break. */
export function escapeMarkdown(text: string): string {
  return (
    visible(text)
      .replace(/[\t\n]+/g, " ")
      .replace(/[&<>]/g, (character) => HTML_ENTITIES[character] ?? character)
      .replace(/[\\`*_{}[\]()+!|~$^]/g, "\\$&")
      // GitHub decodes entities and backslashes before it looks for mentions and issues; only a gap keeps them text.
      .replace(/[@#]/g, "$&&#8203;")
      .replace(/:\/\//g, "&#58;//")
      .replace(/\bwww\./gi, "www&#46;")
  );
}

/** For the message of a GitHub Actions workflow command (`::error ...::<message>`). */
export function escapeWorkflowData(text: string): string {
  return visible(text).replace(/%/g, "%25").replace(/\n/g, "%0A");
}

/** For a property of a GitHub Actions workflow command (`::error file=<property>`). */
export function escapeWorkflowProperty(text: string): string {
  return escapeWorkflowData(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}

/** For the text of a syslog message: one line for every reader, also for those that break lines where Unicode does. */
export function escapeSyslogText(text: string): string {
  return visible(text).replace(/[\t\n\u2028\u2029]+/g, " ");
}

/** For a value of RFC 5424 structured data, between its quotes. */
export function escapeSyslogValue(text: string): string {
  return escapeSyslogText(text).replace(/["\\\]]/g, "\\$&");
}
