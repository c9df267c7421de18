package diag

// Comparing two bentos.
var (
	BadAcceptance = rule(Rule{Code: "bad-acceptance", Category: Changes, Severity: Error, Purpose: "accepted changes that no rule finds, or days that do not exist", Explain: `An entry of accepted is for a change that bentoc diff never finds, or its day is none.

	accepted: "endpoint-gone": [{path: "services.ocr.endpoints.scan", until: "2027-02-30", why: "…"}]
	accepted: "endpoint-removed": [{path: "services.ocr.endpoints.scan", until: "2027-02-28", why: "…"}]

The name is that of the rule, as bentoc diff writes it in brackets behind the severity.`})

	ExpiredAcceptance = rule(Rule{Code: "expired-acceptance", Category: Changes, Severity: Error, Purpose: "accepted changes whose last day has passed", Explain: `The last day of an entry of accepted has passed. bentoc diff goes by the clock here, never
by SOURCE_DATE_EPOCH: what was agreed to for a time is to be looked at again.

Remove the entry: once the change is in the branch that is compared with, it is not found
any more. Where it still is, agree to it again with a later day.`})

	IdleAcceptance = rule(Rule{Code: "idle-acceptance", Category: Changes, Severity: Warning, Purpose: "accepted changes that there are not", Explain: `An entry of accepted is new, and no change is at its path that its rule finds.

	accepted: "endpoint-removed": [{path: "services.ocr.endpoint.scan", …}]     endpoints

Write the path as the report calls it, or remove the entry. One that both bentos have
belongs to an earlier change and is not meant.`})
)
