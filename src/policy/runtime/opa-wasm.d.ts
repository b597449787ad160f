/**
 * The part of `@open-policy-agent/opa-wasm` that is used here; `tsconfig.json` maps the package to this file, because the
 * SDK's own types declare named exports that an ES module does not have at run time.
 */
export interface LoadedPolicy {
  setData(data: object | ArrayBuffer): void;
  /** An empty array where the entry point is undefined. Throws strings and plain objects as well as errors. */
  evaluate(input: ArrayBuffer, entrypoint: string): readonly { readonly result: unknown }[];
}

declare const opa: {
  loadPolicySync(
    module: WebAssembly.Module,
    memory: WebAssembly.MemoryDescriptor,
    builtins: Readonly<Record<string, (...args: never[]) => unknown>>,
  ): LoadedPolicy;
};
// oxlint-disable-next-line import/no-default-export -- it is what the package exports
export default opa;
