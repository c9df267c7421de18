"""Reads what a server shows at /metrics, on standard input, as Prometheus' own client for Python does.

Every family has a help text, histograms are whole, and no path that a client made up is a label.
"""

import sys

from prometheus_client.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(sys.stdin.read()))
assert {"bentoml_service_request", "bentoml_service_request_duration_seconds", "bentoc_ready"} <= {f.name for f in families}
for f in families:
    assert f.documentation, f"{f.name} has no help text"
    buckets = {}
    totals = {}
    for s in f.samples:
        labels = {k: v for k, v in s.labels.items() if k != "le"}
        assert "/made-up" not in labels.values(), f"{s.name}{labels}"
        at = tuple(sorted(labels.items()))
        if s.name.endswith("_bucket"):
            buckets.setdefault(at, []).append((float(s.labels["le"]), s.value))
        elif f.type == "histogram" and s.name.endswith("_count"):
            totals[at] = s.value
        if f.type == "counter":
            assert s.value >= 0 and s.name.endswith("_total"), s
    for at, counts in buckets.items():
        bounds, values = zip(*counts)
        assert list(bounds) == sorted(set(bounds)) and bounds[-1] == float("inf"), f"{f.name}: {bounds}"
        assert list(values) == sorted(values) and values[-1] == totals[at], f"{f.name}{at}: {values}"
print(f"{len(families)} families, {sum(len(f.samples) for f in families)} series")
