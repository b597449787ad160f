package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/loader/filter"
	"github.com/open-policy-agent/opa/v1/util"
)

// What a package may cost. A policy library of 2,000 gates takes a tenth of it.
const (
	maxArchiveBytes  = 32 << 20
	maxExpandedBytes = 64 << 20
	maxEntryBytes    = 8 << 20
	maxEntries       = 10_000
	maxNameBytes     = 512
)

const (
	signaturesName = ".signatures.json"
	manifestName   = bundle.ManifestExt
	dataName       = "data.json"
	examplesName   = "examples.yaml"
	hashAlgorithm  = bundle.SHA256
)

// archiveError says that a package is not one, or not one that can be read safely.
type archiveError struct{ message string }

func (err archiveError) Error() string { return err.message }

func badArchive(format string, args ...any) error {
	return archiveError{fmt.Sprintf(format, args...)}
}

// packed is a package as a .tar.gz.
type packed struct {
	Archive []byte `json:"archive"`
}

// entry is one file of a package. Its name is relative, clean and unique in it.
type entry struct {
	name    string
	content []byte
}

// bundleSources makes an OPA bundle of sources: no compiled policy, no data. The same
// request gives the same bytes.
//
// OPA's own writer knows Rego and data only and would drop the examples, so the archive
// is written here. OPA's reader takes them for files that mean nothing to it, and holds
// them against the signature as it does every file.
func bundleSources(req *request) (any, error) {
	modules, err := parse(regoOf(req.Files))
	if err != nil {
		return nil, err
	}
	manifest := bundle.Manifest{Revision: req.Revision, Roots: rootsOf(modules), Metadata: req.Metadata}
	manifest.SetRegoVersion(ast.RegoV1)
	described, err := json.Marshal(manifest)
	if err != nil {
		return nil, err
	}
	entries := []entry{{manifestName, described}, {dataName, []byte("{}")}}
	for _, file := range req.Files {
		if !isTaken(file.Path) {
			return nil, badRequest("%s is neither Rego nor examples", file.Path)
		}
		entries = append(entries, entry{file.Path, []byte(file.Source)})
	}
	archive, err := pack(entries)
	if err != nil {
		return nil, err
	}
	// Whatever the reader would refuse must not be written.
	if _, err := unpack(archive); err != nil {
		return nil, err
	}
	return packed{archive}, nil
}

// isTaken reports whether a file of a package is one that gate uses.
func isTaken(name string) bool {
	return strings.HasSuffix(name, bundle.RegoExt) || path.Base(name) == examplesName || isCollection(name)
}

// isCollection reports whether a file is a list of gates.
func isCollection(name string) bool {
	return path.Base(path.Dir(name)) == "collections" && strings.HasSuffix(name, ".yaml")
}

func regoOf(files []source) []source {
	return slices.DeleteFunc(slices.Clone(files), func(file source) bool {
		return !strings.HasSuffix(file.Path, bundle.RegoExt)
	})
}

// rootsOf claims exactly the packages of the modules: OPA refuses to load two bundles
// whose roots overlap.
func rootsOf(modules map[string]*ast.Module) *[]string {
	paths := map[string]bool{}
	for _, module := range modules {
		paths[packagePath(module.Package)] = true
	}
	roots := []string{}
	for _, candidate := range util.KeysSorted(paths) {
		if !slices.ContainsFunc(roots, func(root string) bool { return strings.HasPrefix(candidate, root+"/") }) {
			roots = append(roots, candidate)
		}
	}
	return &roots
}

// packagePath is `gates/secrets` for `package gates.secrets`.
func packagePath(pkg *ast.Package) string {
	parts := make([]string, 0, len(pkg.Path)-1)
	for _, term := range pkg.Path[1:] {
		parts = append(parts, string(term.Value.(ast.String)))
	}
	return strings.Join(parts, "/")
}

// sign is `opa sign` and `opa build --signing-key` for a package that is there already:
// the same signature over every file, whoever wrote the archive.
func sign(req *request) (any, error) {
	entries, err := unpack(req.Archive)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(file entry) bool { return bundle.IsSignaturesFile(file.name) })
	hasher, err := bundle.NewSignatureHasher(hashAlgorithm)
	if err != nil {
		return nil, err
	}
	files := make([]bundle.FileInfo, 0, len(entries))
	for _, file := range entries {
		var value any = file.content
		if bundle.IsStructuredDoc(file.name) {
			if err := util.Unmarshal(file.content, &value); err != nil {
				return nil, badArchive("%s cannot be read: %v", file.name, err)
			}
		}
		hash, err := hasher.HashFile(value)
		if err != nil {
			return nil, err
		}
		files = append(files, bundle.NewFile(file.name, hex.EncodeToString(hash), hashAlgorithm.String()))
	}
	token, err := bundle.GenerateSignedToken(files, bundle.NewSigningConfig(req.Key, req.Algorithm, ""), req.KeyID)
	if err != nil {
		return nil, badRequest("the key cannot sign with %s: %v", req.Algorithm, err)
	}
	signatures, err := json.Marshal(bundle.SignaturesConfig{Signatures: []string{token}})
	if err != nil {
		return nil, err
	}
	archive, err := pack(append(entries, entry{signaturesName, signatures}))
	if err != nil {
		return nil, err
	}
	return packed{archive}, nil
}

// verification says whether a package is what the holder of a key signed.
type verification struct {
	Signed   bool   `json:"signed"`
	Verified bool   `json:"verified"`
	Reason   string `json:"reason"`
	// KeyID is what the signer called the key; it is part of the signature.
	KeyID string `json:"keyId"`
}

// verify holds every file of a package against its signature, with the given key and
// algorithm. What the signature itself says about either is not listened to.
func verify(req *request) (any, error) {
	entries, err := unpack(req.Archive)
	if err != nil {
		return nil, err
	}
	signatures, err := signaturesOf(entries)
	if err != nil {
		return nil, err
	}
	if signatures == nil {
		return verification{Reason: "the package is not signed"}, nil
	}
	if err := verifySigned(entries, *signatures, req); err != nil {
		return verification{Signed: true, Reason: err.Error()}, nil
	}
	return verification{Signed: true, Verified: true, KeyID: keyIDOf(signatures.Signatures[0])}, nil
}

func verifySigned(entries []entry, signatures bundle.SignaturesConfig, req *request) error {
	// With a key id in the configuration, OPA does not look one up in the signature.
	const given = "given"
	keys := map[string]*bundle.KeyConfig{given: {Key: req.Key, Algorithm: req.Algorithm}}
	files, err := bundle.VerifyBundleSignature(signatures, bundle.NewVerificationConfig(keys, given, "", nil))
	if err != nil {
		return err
	}
	for _, name := range util.KeysSorted(files) {
		// Two files can be made that have the same digest, so that one is reviewed and signed and the other is used.
		if algorithm := bundle.HashingAlgorithm(files[name].Algorithm); algorithm == bundle.MD5 || algorithm == bundle.SHA1 {
			return fmt.Errorf("the digest of %s is %s, which can be forged", name, algorithm)
		}
	}
	for _, file := range entries {
		if bundle.IsSignaturesFile(file.name) {
			continue
		}
		if err := bundle.VerifyBundleFile(file.name, *bytes.NewBuffer(file.content), files); err != nil {
			return err
		}
	}
	if len(files) > 0 {
		return fmt.Errorf("%s is signed, and missing", strings.Join(util.KeysSorted(files), ", "))
	}
	return nil
}

// keyIDOf reads the `kid` of a token, or the claim that OPA used before it.
func keyIDOf(token string) string {
	var header struct {
		KeyID string `json:"kid"`
	}
	var claims bundle.DecodedSignature
	parts := strings.Split(token, ".")
	if decodePart(parts[0], &header) == nil && header.KeyID != "" {
		return header.KeyID
	}
	if len(parts) > 1 && decodePart(parts[1], &claims) == nil {
		return claims.KeyID
	}
	return ""
}

func decodePart(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// contents is what a package holds.
type contents struct {
	Files    []source       `json:"files"`
	Revision string         `json:"revision"`
	Metadata map[string]any `json:"metadata"`
	Signed   bool           `json:"signed"`
}

// readBundle gives the sources of a package. It does not look at a signature beyond
// saying whether there is one. What OPA would load and gate would not is refused: a
// policy whose data is left out does not fire.
func readBundle(req *request) (any, error) {
	entries, err := unpack(req.Archive)
	if err != nil {
		return nil, err
	}
	loaded, err := bundle.NewCustomReader(&entryLoader{entries: entries}).
		WithSkipBundleVerification(true).
		WithRegoVersion(ast.RegoV1).
		Read()
	var parseErrors ast.Errors
	if errors.As(err, &parseErrors) {
		return nil, parseErrors
	}
	if err != nil {
		return nil, badArchive("%v", err)
	}
	switch {
	case loaded.Type() == bundle.DeltaBundleType:
		return nil, badArchive("it is a delta bundle (patch.json); gate takes snapshots only")
	case len(loaded.WasmModules) > 0 || len(loaded.PlanModules) > 0:
		return nil, badArchive("it holds a compiled policy; gate compiles the sources itself")
	case len(loaded.Data) > 0:
		return nil, badArchive("it holds data, which gates cannot read: data.%s", strings.Join(util.KeysSorted(loaded.Data), ", data."))
	}
	for _, module := range loaded.Modules {
		version, err := loaded.RegoVersionForFile(module.RelativePath, ast.RegoV1)
		if err != nil {
			return nil, badArchive("%v", err)
		}
		if version != ast.RegoV1 {
			return nil, badArchive("%s is Rego %s; gate reads v1", module.Path, version)
		}
	}
	out := contents{Files: []source{}, Revision: loaded.Manifest.Revision, Metadata: loaded.Manifest.Metadata}
	for _, file := range entries {
		out.Signed = out.Signed || bundle.IsSignaturesFile(file.name)
		if !isTaken(file.name) {
			continue
		}
		if !utf8.Valid(file.content) {
			return nil, badArchive("%s is not UTF-8 text", file.name)
		}
		out.Files = append(out.Files, source{Path: file.name, Source: string(file.content)})
	}
	return out, nil
}

func signaturesOf(entries []entry) (*bundle.SignaturesConfig, error) {
	var found *bundle.SignaturesConfig
	for _, file := range entries {
		if !bundle.IsSignaturesFile(file.name) {
			continue
		}
		if found != nil {
			return nil, badArchive("it has more than one %s", signaturesName)
		}
		found = &bundle.SignaturesConfig{}
		if err := util.UnmarshalJSON(file.content, found); err != nil {
			return nil, badArchive("%s cannot be read: %v", file.name, err)
		}
	}
	return found, nil
}

// pack writes a .tar.gz that depends on nothing but names and contents.
func pack(entries []entry) ([]byte, error) {
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for _, file := range entries {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: file.name, Mode: 0o644, Size: int64(len(file.content))}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(file.content); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(archive.Close(), zip.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unpack reads a .tar.gz from anywhere: files only, names that stay inside, each once,
// and no more than the limits, whatever it would expand to.
func unpack(archive []byte) ([]entry, error) {
	if len(archive) > maxArchiveBytes {
		return nil, badArchive("it is larger than %d MiB", maxArchiveBytes>>20)
	}
	zip, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, badArchive("it is not a .tar.gz: %v", err)
	}
	expanded := &boundedReader{reader: zip, left: maxExpandedBytes}
	files := tar.NewReader(expanded)
	seen := map[string]bool{}
	entries := []entry{}
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, damaged(err)
		}
		if header.Typeflag == tar.TypeDir || header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		file, err := readEntry(header, files)
		if err != nil {
			return nil, err
		}
		if seen[file.name] {
			return nil, badArchive("it has %s twice", file.name)
		}
		seen[file.name] = true
		if entries = append(entries, file); len(entries) > maxEntries {
			return nil, badArchive("it has more than %d files", maxEntries)
		}
	}
	// Readers disagree about what follows the end; reading on also checks the sum of the whole.
	rest, err := io.ReadAll(expanded)
	if err != nil {
		return nil, damaged(err)
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, badArchive("there is something after the end of the archive")
	}
	return entries, nil
}

func readEntry(header *tar.Header, content io.Reader) (entry, error) {
	name, err := cleanName(header.Name)
	if err != nil {
		return entry{}, err
	}
	if header.Typeflag != tar.TypeReg {
		return entry{}, badArchive("%s is not a plain file", name)
	}
	if header.Size > maxEntryBytes {
		return entry{}, badArchive("%s is larger than %d MiB", name, maxEntryBytes>>20)
	}
	read, err := io.ReadAll(content)
	if err != nil {
		return entry{}, damaged(err)
	}
	return entry{name, read}, nil
}

// cleanName gives the name of an entry without the slash or dot that tar and OPA put in
// front of it.
func cleanName(raw string) (string, error) {
	name := strings.TrimPrefix(strings.TrimPrefix(raw, "./"), "/")
	odd := func(char rune) bool {
		return char == '\\' || char == unicode.ReplacementChar || unicode.IsControl(char)
	}
	if name == "" || len(name) > maxNameBytes || name == ".." || strings.HasPrefix(name, "../") ||
		path.Clean("/"+name) != "/"+name || strings.ContainsFunc(name, odd) {
		return "", badArchive("the name %.100q is not a path inside the package", raw)
	}
	return name, nil
}

func damaged(err error) error {
	var known archiveError
	if errors.As(err, &known) {
		return known
	}
	return badArchive("the archive is damaged or cut off: %v", err)
}

// boundedReader fails where there is more, unlike io.LimitReader, which would make a cut
// archive look like a whole one.
type boundedReader struct {
	reader io.Reader
	left   int
}

func (bounded *boundedReader) Read(into []byte) (int, error) {
	if bounded.left <= 0 {
		return 0, badArchive("it expands to more than %d MiB", maxExpandedBytes>>20)
	}
	count, err := bounded.reader.Read(into[:min(len(into), bounded.left)])
	bounded.left -= count
	return count, err
}

// entryLoader shows OPA's reader the files of a package.
type entryLoader struct {
	entries []entry
	next    int
}

func (loader *entryLoader) NextFile() (*bundle.Descriptor, error) {
	if loader.next >= len(loader.entries) {
		return nil, io.EOF
	}
	file := loader.entries[loader.next]
	loader.next++
	return bundle.NewDescriptor(file.name, file.name, bytes.NewBuffer(file.content)), nil
}

func (loader *entryLoader) WithFilter(filter.LoaderFilter) bundle.DirectoryLoader   { return loader }
func (loader *entryLoader) WithPathFormat(bundle.PathFormat) bundle.DirectoryLoader { return loader }
func (loader *entryLoader) WithSizeLimitBytes(int64) bundle.DirectoryLoader         { return loader }
func (loader *entryLoader) WithFollowSymlinks(bool) bundle.DirectoryLoader          { return loader }
