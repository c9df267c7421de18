package plan

func init() {
	add(&Engine{Kind: "go"}) // steps are in the server
}
