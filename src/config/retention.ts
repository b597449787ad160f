/** The kinds of documents that are kept for a time of their own; `documents` are decisions in full, obligations and reviews. */
export const RETAINED_KINDS = ["documents", "evidence", "inputs", "policies"] as const;
export type RetainedKind = (typeof RETAINED_KINDS)[number];

/** How long each kind of document is kept, such as `7y`, `18m` or `90d`. */
export type Retention = Readonly<Record<RetainedKind, string>>;

/** Seven years, which 17 CFR 210.2-06 asks for the papers of an audit. */
export const DEFAULT_RETENTION = "7y";
