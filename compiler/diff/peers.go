package diff

// Peer says what rules of others have to do with rules of this package: with Rules, which
// find what they find where it has a meaning here, or with none, and Why.
//
// The others are buf's breaking rules (of v1.75, 69) and those that oasdiff calls errors
// (of v1.38, 295; others of its levels are questions of taste). Each of them is in the table once.
type Peer struct {
	Rules   string // IDs of this package, with blanks between
	Why     string // why none of this package's rules does it
	Buf     string
	OASDiff string
}

// Peers is the whole table: where they have a meaning first. What none of the others has,
// since no schema says it, are the rules that no row names: of graphs, models, runners,
// limits, resources, versions, and the image.
func Peers() []Peer { return peers }

var peers = []Peer{
	{
		Rules: "endpoint-removed route-taken endpoint-moved endpoint-renamed service-removed bento-removed",
		Buf:   `FILE_NO_DELETE PACKAGE_NO_DELETE PACKAGE_SERVICE_NO_DELETE RPC_NO_DELETE SERVICE_NO_DELETE`,
		OASDiff: `api-path-removed-before-sunset api-path-removed-without-deprecation api-removed-before-sunset
			api-removed-without-deprecation`,
	},
	{
		Rules: "endpoint-deprecated endpoint-promise-shortened field-deprecated field-promise-shortened",
		OASDiff: `api-sunset-date-changed-earlier api-sunset-date-changed-too-small api-sunset-date-too-small
			request-property-sunset-date-changed-earlier request-property-sunset-date-changed-too-small
			request-property-sunset-date-too-small response-property-sunset-date-changed-earlier
			response-property-sunset-date-changed-too-small response-property-sunset-date-too-small`,
	},
	{
		Rules: "request-field-removed answer-field-removed",
		Buf:   `FIELD_NO_DELETE FIELD_NO_DELETE_UNLESS_NAME_RESERVED FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED`,
		OASDiff: `request-property-removed-before-sunset response-required-property-removed
			response-required-property-removed-before-sunset`,
	},
	{
		Rules: "request-required-field-added request-field-required request-type-narrowed",
		OASDiff: `new-required-request-property request-body-added-required request-body-became-required
			request-body-removed request-property-became-required`,
	},
	{
		Rules:   "request-field-added request-field-optional",
		OASDiff: `new-required-request-property-with-default request-property-became-required-with-default`,
	},
	{
		Rules:   "answer-field-optional",
		OASDiff: `response-property-became-optional`,
	},
	{
		Rules: "request-field-required request-field-optional answer-field-optional answer-field-required",
		Buf: `FIELD_SAME_CARDINALITY FIELD_SAME_LABEL FIELD_WIRE_COMPATIBLE_CARDINALITY
			FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY MESSAGE_SAME_REQUIRED_FIELDS`,
	},
	{
		Rules: "request-default-changed answer-default-changed",
		Buf:   `FIELD_SAME_DEFAULT`,
	},
	{
		Rules: "request-range-narrowed",
		OASDiff: `request-body-exclusive-max-decreased request-body-exclusive-max-set
			request-body-exclusive-min-increased request-body-exclusive-min-set request-body-max-decreased
			request-body-max-set request-body-min-increased request-body-min-set
			request-property-exclusive-max-decreased request-property-exclusive-max-set
			request-property-exclusive-min-increased request-property-exclusive-min-set
			request-property-max-decreased request-property-max-set request-property-min-increased
			request-property-min-set`,
	},
	{
		Rules: "answer-range-widened",
		OASDiff: `response-body-exclusive-max-increased response-body-exclusive-min-decreased
			response-body-max-increased response-body-min-decreased response-property-exclusive-max-increased
			response-property-exclusive-min-decreased response-property-max-increased
			response-property-min-decreased`,
	},
	{
		Rules: "request-length-narrowed",
		OASDiff: `request-body-max-items-decreased request-body-max-items-set request-body-max-length-decreased
			request-body-max-length-set request-body-max-properties-decreased request-body-max-properties-set
			request-body-min-items-increased request-body-min-items-set request-body-min-length-increased
			request-body-min-properties-increased request-property-max-items-decreased
			request-property-max-items-set request-property-max-length-decreased request-property-max-length-set
			request-property-max-properties-decreased request-property-max-properties-set
			request-property-min-items-increased request-property-min-items-set
			request-property-min-length-increased request-property-min-properties-increased`,
	},
	{
		Rules: "answer-length-widened",
		OASDiff: `response-body-max-items-increased response-body-max-length-increased response-body-max-length-unset
			response-body-max-properties-increased response-body-min-items-decreased
			response-body-min-items-unset response-body-min-length-decreased
			response-body-min-properties-decreased response-property-max-items-increased
			response-property-max-length-increased response-property-max-length-unset
			response-property-max-properties-increased response-property-min-items-decreased
			response-property-min-items-unset response-property-min-length-decreased
			response-property-min-properties-decreased`,
	},
	{
		Rules: "request-step-narrowed",
		OASDiff: `request-body-multiple-of-changed request-body-multiple-of-set request-property-multiple-of-changed
			request-property-multiple-of-set`,
	},
	{
		Rules: "answer-step-widened",
		OASDiff: `response-body-multiple-of-changed response-body-multiple-of-unset
			response-property-multiple-of-changed response-property-multiple-of-unset`,
	},
	{
		Rules:   "request-unique-narrowed",
		OASDiff: `request-body-unique-items-set request-property-unique-items-set`,
	},
	{
		Rules:   "answer-unique-widened",
		OASDiff: `response-body-unique-items-unset response-property-unique-items-unset`,
	},
	{
		Rules: "request-keys-narrowed",
		OASDiff: `request-body-pattern-property-added request-body-property-names-added
			request-property-pattern-property-added request-property-property-names-added`,
	},
	{
		Rules: "answer-keys-widened",
		OASDiff: `response-body-pattern-property-removed response-body-property-names-removed
			response-property-pattern-property-removed response-property-property-names-removed`,
	},
	{
		Rules:   "request-pattern-narrowed",
		OASDiff: `request-property-pattern-added`,
	},
	{
		Rules:   "answer-pattern-widened",
		OASDiff: `response-property-pattern-removed`,
	},
	{
		Rules: "request-values-narrowed",
		OASDiff: `request-body-became-enum request-body-const-added request-body-const-changed
			request-body-enum-value-removed request-property-became-enum request-property-const-added
			request-property-const-changed request-property-enum-value-removed`,
	},
	{
		Rules: "answer-values-widened",
		OASDiff: `response-body-const-changed response-body-const-removed response-mediatype-became-not-enum
			response-mediatype-enum-value-added response-property-became-not-enum
			response-property-const-changed response-property-const-removed response-property-enum-value-added`,
	},
	{
		Rules: "request-values-narrowed answer-values-widened",
		Buf: `ENUM_NO_DELETE ENUM_VALUE_NO_DELETE ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED
			ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED PACKAGE_ENUM_NO_DELETE`,
	},
	{
		Rules: "request-arm-removed",
		OASDiff: `request-body-any-of-removed request-body-became-not-nullable request-body-list-of-types-narrowed
			request-body-one-of-removed request-body-wrapped-in-one-of request-property-any-of-removed
			request-property-became-not-nullable request-property-list-of-types-narrowed
			request-property-one-of-removed`,
	},
	{
		Rules: "answer-arm-added",
		OASDiff: `response-body-any-of-added response-body-became-nullable response-body-list-of-types-widened
			response-body-one-of-added response-body-wrapped-in-one-of response-property-any-of-added
			response-property-became-nullable response-property-list-of-types-widened
			response-property-one-of-added`,
	},
	{
		Rules: "request-arm-removed answer-arm-added request-tag-narrowed answer-tag-widened",
		Buf:   `FIELD_SAME_ONEOF ONEOF_NO_DELETE`,
	},
	{
		Rules:   "request-media-narrowed",
		OASDiff: `request-body-media-type-removed`,
	},
	{
		Rules: "answer-media-widened",
		OASDiff: `response-media-type-name-generalized response-media-type-parameter-changed
			response-media-type-parameter-removed response-media-type-removed`,
	},
	{
		Rules: "request-type-narrowed",
		OASDiff: `request-body-media-type-item-schema-added request-body-media-type-schema-added
			request-body-schema-became-false request-body-type-changed request-property-schema-became-false
			request-property-type-changed`,
	},
	{
		Rules: "answer-type-widened",
		OASDiff: `response-body-media-type-item-schema-removed response-body-media-type-item-schema-removed-untyped
			response-body-media-type-schema-removed response-body-schema-became-false response-body-type-changed
			response-body-type-generalized response-property-schema-became-not-false
			response-property-type-changed response-property-type-generalized`,
	},
	{
		Rules: "request-type-narrowed answer-type-widened",
		Buf: `FIELD_SAME_TYPE FIELD_WIRE_COMPATIBLE_TYPE FIELD_WIRE_JSON_COMPATIBLE_TYPE MESSAGE_NO_DELETE
			PACKAGE_MESSAGE_NO_DELETE RPC_SAME_CLIENT_STREAMING RPC_SAME_REQUEST_TYPE RPC_SAME_RESPONSE_TYPE
			RPC_SAME_SERVER_STREAMING`,
	},
	{
		Why: "an endpoint takes all that it is told in the body, and its headers are those of the protocol: there are no parameters in paths, queries, cookies and headers",
		OASDiff: `new-request-path-parameter new-required-request-default-parameter-to-existing-path
			new-required-request-header-property new-required-request-parameter
			request-header-property-became-enum request-header-property-became-required
			request-parameter-became-enum request-parameter-became-not-nullable
			request-parameter-became-required request-parameter-deprecated-sunset-missing
			request-parameter-enum-value-removed request-parameter-exclusive-max-decreased
			request-parameter-exclusive-max-set request-parameter-exclusive-min-increased
			request-parameter-exclusive-min-set request-parameter-list-of-types-narrowed
			request-parameter-max-decreased request-parameter-max-items-decreased
			request-parameter-max-length-decreased request-parameter-max-length-set request-parameter-max-set
			request-parameter-min-increased request-parameter-min-items-increased
			request-parameter-min-items-set request-parameter-min-length-increased request-parameter-min-set
			request-parameter-pattern-added request-parameter-property-became-not-nullable
			request-parameter-property-enum-value-removed request-parameter-property-list-of-types-narrowed
			request-parameter-property-schema-became-false request-parameter-property-type-specialized
			request-parameter-removed-before-sunset request-parameter-schema-became-false
			request-parameter-sunset-date-changed-earlier request-parameter-sunset-date-changed-too-small
			request-parameter-sunset-date-too-small request-parameter-sunset-deleted
			request-parameter-sunset-parse request-parameter-type-changed
			request-parameter-x-extensible-enum-value-removed required-response-header-removed
			response-header-became-nullable response-header-became-optional
			response-header-schema-became-not-false response-header-type-changed
			response-header-type-generalized`,
	},
	{
		Why: "a bento says nothing of who may call it yet; a field of the IR that will say it needs a rule, which a test holds",
		OASDiff: `api-global-security-removed api-global-security-scope-added api-security-anonymous-access-removed
			api-security-component-api-key-in-changed api-security-component-api-key-name-changed
			api-security-component-http-scheme-changed api-security-component-type-changed api-security-removed
			api-security-scope-added`,
	},
	{
		Why: "there are no degrees of stability: what is served is promised",
		OASDiff: `api-invalid-stability-level api-stability-decreased request-property-stability-decreased
			response-property-stability-decreased`,
	},
	{
		Why:     "an extension of other documents",
		OASDiff: `request-property-x-extensible-enum-value-removed`,
	},
	{
		Why:     "a server calls nobody",
		OASDiff: `webhook-removed`,
	},
	{
		Why:     "which statuses an endpoint answers with is the same for all, and no choice of a bento",
		OASDiff: `response-success-status-removed`,
	},
	{
		Why:     "an input and an answer are types of their own: no field of one is hidden in the other",
		OASDiff: `request-required-property-became-not-read-only response-required-property-became-write-only`,
	},
	{
		Why: "what & joins is evaluated: its parts are compared as the bounds, patterns and fields that they come to",
		OASDiff: `request-body-all-of-added request-property-all-of-added response-body-all-of-removed
			response-property-all-of-removed`,
	},
	{
		Why: "no IO type says it: such a construct of CUE is refused at its line",
		OASDiff: `request-body-contains-added request-body-dependent-required-added
			request-body-dependent-required-changed request-body-dependent-schema-added request-body-else-added
			request-body-if-added request-body-max-contains-decreased request-body-min-contains-increased
			request-body-then-added request-body-unevaluated-items-added
			request-body-unevaluated-properties-added request-property-contains-added
			request-property-dependent-required-added request-property-dependent-required-changed
			request-property-dependent-schema-added request-property-else-added request-property-if-added
			request-property-max-contains-decreased request-property-min-contains-increased
			request-property-then-added request-property-unevaluated-items-added
			request-property-unevaluated-properties-added response-body-contains-removed
			response-body-dependent-required-changed response-body-dependent-required-removed
			response-body-dependent-schema-removed response-body-else-removed response-body-if-removed
			response-body-max-contains-increased response-body-min-contains-decreased response-body-then-removed
			response-body-unevaluated-items-removed response-body-unevaluated-properties-removed
			response-property-contains-removed response-property-dependent-required-changed
			response-property-dependent-required-removed response-property-dependent-schema-removed
			response-property-else-removed response-property-if-removed response-property-max-contains-increased
			response-property-min-contains-decreased response-property-then-removed
			response-property-unevaluated-items-removed response-property-unevaluated-properties-removed`,
	},
	{
		Why: "a text has no encoding inside; bytes and files have types of their own",
		OASDiff: `request-body-content-encoding-changed request-body-content-media-type-changed
			request-body-content-schema-added request-property-content-encoding-changed
			request-property-content-media-type-changed request-property-content-schema-added
			response-body-content-encoding-changed response-body-content-media-type-changed
			response-body-content-schema-removed response-property-content-encoding-changed
			response-property-content-media-type-changed response-property-content-schema-removed`,
	},
	{
		Why: "vet refuses a deprecation without a day, or with one that does not exist (bad-deprecation)",
		OASDiff: `api-deprecated-sunset-missing api-deprecated-sunset-parse api-path-sunset-parse
			request-property-deprecated-sunset-invalid request-property-deprecated-sunset-missing
			request-property-sunset-deleted response-property-deprecated-sunset-invalid
			response-property-deprecated-sunset-missing response-property-sunset-deleted sunset-deleted`,
	},
	{
		Why: "a field is known by its name: one of another name is a field that is gone and one that is new",
		Buf: `FIELD_SAME_JSON_NAME FIELD_SAME_NAME`,
	},
	{
		Why: "the numbers of fields are not written by people: bento.lock has them and never gives one away twice",
		Buf: `ENUM_VALUE_SAME_NAME RESERVED_ENUM_NO_DELETE RESERVED_MESSAGE_NO_DELETE`,
	},
	{
		Why: "an option of Protobuf, or of code for other languages, that nothing here writes otherwise from one day to the next",
		Buf: `ENUM_SAME_JSON_FORMAT ENUM_SAME_TYPE FIELD_SAME_CPP_STRING_TYPE FIELD_SAME_CTYPE
			FIELD_SAME_JAVA_UTF8_VALIDATION FIELD_SAME_JSTYPE FIELD_SAME_UTF8_VALIDATION
			FILE_SAME_CC_ENABLE_ARENAS FILE_SAME_CC_GENERIC_SERVICES FILE_SAME_CSHARP_NAMESPACE
			FILE_SAME_GO_PACKAGE FILE_SAME_JAVA_GENERIC_SERVICES FILE_SAME_JAVA_MULTIPLE_FILES
			FILE_SAME_JAVA_OUTER_CLASSNAME FILE_SAME_JAVA_PACKAGE FILE_SAME_JAVA_STRING_CHECK_UTF8
			FILE_SAME_OBJC_CLASS_PREFIX FILE_SAME_OPTIMIZE_FOR FILE_SAME_PACKAGE FILE_SAME_PHP_CLASS_PREFIX
			FILE_SAME_PHP_GENERIC_SERVICES FILE_SAME_PHP_METADATA_NAMESPACE FILE_SAME_PHP_NAMESPACE
			FILE_SAME_PY_GENERIC_SERVICES FILE_SAME_RUBY_PACKAGE FILE_SAME_SWIFT_PREFIX FILE_SAME_SYNTAX
			MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR MESSAGE_SAME_JSON_FORMAT
			MESSAGE_SAME_MESSAGE_SET_WIRE_FORMAT`,
	},
	{
		Why: "there are no extensions, and no endpoint says that it may be repeated",
		Buf: `EXTENSION_MESSAGE_NO_DELETE EXTENSION_NO_DELETE PACKAGE_EXTENSION_NO_DELETE
			RPC_SAME_IDEMPOTENCY_LEVEL`,
	},
}
