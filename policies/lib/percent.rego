# METADATA
# title: Percent-encoding
# description: What URIs such as package URLs encode.
package lib.percent

# METADATA
# title: decoded
# description: The text with every `%` and two hexadecimal digits undone, once; undefined where a `%` stands before anything else.
decoded(text) := urlquery.decode(replace(text, "+", "%2B")) if regex.match(`^(?:[^%]|%[0-9A-Fa-f]{2})*$`, text)
