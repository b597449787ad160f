// Stands in for a library that the policy SDK loads for built-ins which are never called (see build.ts).
function absent() {
  throw new Error("this built-in is not part of gate's runtime");
}
module.exports = { vsprintf: absent, parse: absent, stringify: absent };
