"""assay's records (docs/record.md) as rows of the CUDA kernels.

A rejected row keeps its findings only: its numbers have other keys in the record, and nobody here asks for them.
"""
import dataclasses
import json


class RecordError(Exception):
    """One line for people: which file, which line, what is wrong."""


@dataclasses.dataclass(frozen=True)
class Limit:
    name: str
    unit: str  # bytes, flops
    limit: float
    reached: float

    @property
    def share(self):
        return self.reached / self.limit if self.limit else None


@dataclasses.dataclass(frozen=True)
class Row:
    id: str
    operation: str  # hgemm
    technique: str  # wgmma_cluster
    axes: dict      # name -> value, both strings
    verdict: str
    codes: tuple    # of the findings, in their order
    reasons: tuple  # evidence of the findings that reject
    mode: str
    bytes: int
    flops: int
    record_bytes: int  # of its line in the record
    median_ns: float = None  # from here on None or empty for a rejected row
    half_width: float = None  # of the 95 % interval, over the median
    upper_ns: float = None
    isolated_ns: float = None
    limits: tuple = ()

    @property
    def point(self):
        return " ".join(f"{name}={value}" for name, value in self.axes.items())

    @property
    def is_rejected(self):
        return self.median_ns is None

    @property
    def is_of_others(self):
        """A library of NVIDIA's behind assay's interface: a peer, not our work."""
        return "cublas" in self.technique

    def limit_in(self, unit):
        return next((one for one in self.limits if one.unit == unit), None)


@dataclasses.dataclass(frozen=True)
class Record:
    name: str
    bytes: int
    environment: dict
    cuda: dict  # limits of the device, {} if the header has none
    rows: list
    is_complete: bool


def make_row(given, record_bytes):
    operation, _, variant = given["entry"].partition("/")
    statistics = given.get("statistics")  # a rejected row has none
    row = {"id": given["id"], "operation": operation, "technique": variant.removeprefix("cuda."),
           "axes": {axis["name"]: str(axis["value"]) for axis in given["axes"]}, "verdict": given["verdict"],
           "codes": tuple(dict.fromkeys(one["code"] for one in given["findings"])),
           "reasons": tuple(f"{one['code']}: {one['evidence']}" for one in given["findings"] if one["severity"] == "reject"),
           "mode": given["mode"], "bytes": given["work"]["bytes_read"] + given["work"]["bytes_written"],
           "flops": given["work"]["flops"], "record_bytes": record_bytes}
    if statistics and statistics["median_ns"]:
        median, interval = statistics["median_ns"], statistics.get("median_interval")
        row |= {"median_ns": median, "isolated_ns": isolated(given, median),
                "limits": tuple(Limit(one["name"], one["unit"], one["limit_per_second"], one["reached_per_second"])
                                for one in given.get("limits", []))}
        if interval:
            row |= {"half_width": (interval["upper_ns"] - interval["lower_ns"]) / 2 / median, "upper_ns": interval["upper_ns"]}
    return Row(**row)


def isolated(given, median):
    if given["mode"] == "isolated":
        return median
    for other in given.get("other_modes", []):
        if other["mode"] == "isolated" and not other["unavailable"]:
            return other["statistics"]["median_ns"]
    return None


def parse(name, text):
    """A record from its text. A last line that was cut off is left out, as docs/record.md says."""
    header, rows, complete = None, [], False
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        try:
            given = json.loads(line)
        except ValueError:
            if number == len(lines) and header is not None:
                break
            raise RecordError(f"{name}:{number}: not JSON") from None
        if header is None:
            if not isinstance(given, dict) or given.get("schema") != 1:
                raise RecordError(f"{name}: expected a record of schema 1 in the first line")
            header = given
        elif "end" in given:
            complete = True
        elif given.get("entry", "").split("/")[-1].startswith("cuda."):
            rows.append(make_row(given, len(line.encode()) + 1))
    if header is None:
        raise RecordError(f"{name}: empty")
    return Record(name, len(text.encode()), header["environment"], header["limits"].get("cuda") or {}, rows, complete)


def read(paths):
    return [parse(path.name, path.read_text()) for path in paths]


def rows_of(records):
    """The rows of all records; a later record's row replaces an earlier one's of the same id."""
    found = {}
    for record in records:
        found.update({row.id: row for row in record.rows})
    return list(found.values())


def points_of(rows):
    """{(operation, point): its rows}, in the order of first appearance."""
    found = {}
    for row in rows:
        found.setdefault((row.operation, row.point), []).append(row)
    return found


def best(rows):
    """The fastest of our own variants at one point that was not rejected, or None."""
    ours = [row for row in rows if not row.is_of_others and not row.is_rejected]
    return min(ours, key=lambda row: row.median_ns, default=None)


def fastest_of_others(rows):
    others = [row for row in rows if row.is_of_others and not row.is_rejected]
    return min(others, key=lambda row: row.median_ns, default=None)
