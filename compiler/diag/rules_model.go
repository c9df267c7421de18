package diag

// Models and bases.
var (
	BadModel = rule(Rule{Code: "bad-model", Category: Models, Severity: Error, Purpose: "models that do not exist or are broken", Explain: `A model does not exist, cannot be read, or is not of the format that its engine
needs.

	engine: onnx: model: models.dte
	engine: onnx: model: models.det

An onnx engine needs an ONNX file. Where the source is an archive, file names the model
in it. A file that ONNX Runtime would not load is named too: two nodes of one name, a
tensor that nothing makes or that is made twice, a circle, an operator that it does not
have, tensors or attributes that an operator does not take, element types that do not
agree. Such a file is broken; export the model again.`})

	BadBase = rule(Rule{Code: "bad-base", Category: Models, Severity: Error, Purpose: "bases that do not exist or are broken", Explain: `The base image is not there, is broken, or has nothing for a platform of the bento. Every
manifest, config and layer of it is compared with its digest and its size, and layers
unpacked with what the config says of them.

A layout is a folder of the module with index.json and blobs, as skopeo copy or crane pull
write it. Where it holds several images for one platform, keep one in index.json.`})

	SignatureConflict = rule(Rule{Code: "signature-conflict", Category: Models, Severity: Error, Purpose: "declarations that a model file contradicts", Explain: `The bento says something about a model's tensors that the model file contradicts:
another element type, another number of dimensions, another size, or a batch axis that is
not there.

	prep: #output: x: schema.#Tensor & {dtype: "float64"}      the file says float32

The file is right about itself. Change the declaration, or the step before the model.`})

	UnknownTensor = rule(Rule{Code: "unknown-tensor", Category: Models, Severity: Error, Purpose: "names of tensors that a model does not have", Explain: `The model has no tensor of this name.

	outputs: y: "sigmoid"
	outputs: y: "sigmoid_0.tmp_0"

inputs and outputs map a name of the bento to a name of the file.`})

	BatchAxis = rule(Rule{Code: "batch-axis", Category: Models, Severity: Error, Warns: true, Purpose: "batching without an axis to batch along", Explain: `A runner batches, but its model has no batch axis: nothing says along which axis the
items of several calls may be joined, and which rows of a result are whose.

	det: {source: path: "det.onnx"}
	det: {source: path: "det.onnx", batchAxis: 0}

The axis is never guessed. It is 0 by default where the file names the first axis of every
input and every output with one symbol, and nothing else with it. Where an exporter names
them apart (n and m, or not at all), declare batchAxis if each item of the input gives one
item of every output; a model that gives as many rows as it finds boxes has none. Without
a batch axis a model runs on one item at a time and keeps all its axes. ` + "`bentoc lock`" + `
says which it is; batchAxis: -1 says that it is meant so.

It is a warning where batching is asked for and no axis could be declared: then it does
nothing.`})

	UnusedModel = rule(Rule{Code: "unused-model", Category: Models, Severity: Warning, Purpose: "models that no runner uses", Explain: `No runner uses this model. It is left out of the image.

Use it in engine: onnx: model: models.NAME, or take it away.`})
)
