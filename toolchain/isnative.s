// An assembly file, even an empty one, lets builtin.go declare isNative without a body.
