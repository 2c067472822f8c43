"""clients/python/midstream.py against a running service: MIDSTREAM_URL, and one with difficulties before it."""

import io
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import numpy as np
import pandas as pd
import pytest
from midstream import Midstream, ProblemError, ProbeOptions, Site, Statistic

URL = os.environ["MIDSTREAM_URL"]
DIFFICULT = os.environ["MIDSTREAM_DIFFICULT_URL"]
DEMO = Path(__file__).parents[2] / "demo"
PROMPT = "Once upon a time, there was a little girl named"
lab = Midstream(URL)
Meet = Callable[..., Midstream]


@pytest.fixture
def meet() -> Iterator[Meet]:
    """The service behind a difficulty."""
    met: list[Midstream] = []

    def behind(difficulty: str, key: str | None = None, patience: float = 60) -> Midstream:
        met.append(Midstream(f"{DIFFICULT}/{difficulty}", key, patience=patience))
        return met[-1]

    yield behind
    for one in met:
        one.http.close()


def csv_of(request: dict[str, Any]) -> pd.DataFrame:
    answer = httpx.post(f"{URL}/probe", json=request, headers={"Accept": "text/csv"}, timeout=60).raise_for_status()
    return pd.read_csv(io.StringIO(answer.text), keep_default_na=False, dtype=str)


ALL_STATISTICS: ProbeOptions = {
    "lenses": ["logit", "tuned"], "sites": ["attn_out", "resid_post"], "layers": [0, -1], "positions": [3, -1],
    "against": "jacobian", "track": [" Lily"], "statistics": list(get_args(Statistic)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("top_k", [0, 3])
def test_probe_is_the_table_that_the_service_writes_as_csv(top_k: int) -> None:
    options: ProbeOptions = {**ALL_STATISTICS, "top_k": top_k}
    table = lab.probe(PROMPT, **options)
    csv = csv_of({"prompt": PROMPT, **options})
    assert list(table.columns) == list(csv.columns) and len(table) == len(csv)
    for name in table.columns:
        column = table[name]
        if column.dtype == "float64":
            assert np.array_equal(column, pd.to_numeric(csv[name]), equal_nan=True), name
        else:
            as_text = [("" if pd.isna(v) else str(v).lower() if column.dtype == "boolean" else str(v)) for v in column]
            assert as_text == list(csv[name]), name


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_probe_has_columns_that_pandas_can_group_and_sort_by() -> None:
    table = lab.probe(PROMPT, **ALL_STATISTICS)
    for name in ("kind", "token_text", "lens", "site", "piece", "text"):
        assert isinstance(table[name].dtype, pd.CategoricalDtype), name
    assert list(table["site"].cat.categories) == list(get_args(Site)) and table["site"].cat.ordered
    for name in ("layer", "rank", "id", "next_rank", "output_rank"):
        assert table[name].dtype == "Int64", name
    assert table["agrees"].dtype == "boolean" and table["kl_lens_against"].dtype == "float64"
    assert table.attrs["tokens"][-1]["text"] == " named" and table.attrs["usage"]["prompt_tokens"] == 12
    kl = table[table["kind"] == "top"].pivot_table(index="layer", columns="lens", values="kl_output_lens")
    assert list(kl.columns) == ["logit", "tuned"] and kl.to_numpy()[0, 1] < kl.to_numpy()[0, 0]


def test_probe_warns_of_what_the_service_warns_of() -> None:
    with pytest.warns(UserWarning, match="attn_out"):
        lab.probe(PROMPT, lenses=["tuned"], sites=["attn_out"], layers=[3])


def test_stream_gives_each_frame_typed_as_it_comes() -> None:
    frames = list(lab.stream(PROMPT, positions="all", top_k=1))
    assert [frame["type"] for frame in frames[:3]] == ["start", "output", "readout"]
    start, end = frames[0], frames[-1]
    assert start["type"] == "start" and end["type"] == "end"
    assert start["rows"] == sum(frame["type"] == "readout" for frame in frames) == 12 * 8
    assert end["usage"]["prompt_tokens"] == len(start["tokens"])


def test_leaving_a_stream_stops_the_work() -> None:
    for frame in lab.stream(PROMPT, positions="all"):
        if frame["type"] == "readout":
            break
    assert len(lab.probe(PROMPT, layers=[0], top_k=1)) == 2


def test_a_stream_that_was_cut_is_an_error(meet: Meet) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="cut"):
        list(meet("cut/python").stream(PROMPT))


def test_texts_may_hold_what_others_take_for_the_end_of_a_line(meet: Meet) -> None:
    table = meet("separators/python").probe(PROMPT, layers=[0], positions=[10])
    assert set(table["token_text"]) == {" \u2028\u0085"}


@pytest.mark.parametrize(("dtype", "near"), [("float32", 0.0), ("float16", 2e-3)])
def test_activations_are_arrays_in_the_shape_that_they_have(dtype: Any, near: float) -> None:
    arrays = lab.activations(PROMPT, sites=["resid_mid", "mlp_out", "resid_post"], positions=[-2, -1], dtype=dtype)
    assert arrays["positions"].tolist() == [10, 11] and arrays["input_ids"].shape == (12,)
    assert arrays["resid_post.7"].shape == (2, 128) and arrays["resid_post.7"].dtype == dtype
    exact = lab.activations(PROMPT, sites=["resid_post"], positions=[-2, -1])
    scale = np.abs(exact["resid_post.7"]).max()
    assert np.abs(arrays["resid_post.7"] - exact["resid_post.7"]).max() <= near * scale
    assert np.allclose(arrays["resid_mid.0"] + arrays["mlp_out.0"], arrays["resid_post.0"], atol=near * scale + 1e-5)
    arrays["resid_post.7"] *= 2


def test_logits_are_those_that_a_probe_tells() -> None:
    logits = lab.activations(PROMPT, layers=[0], logits=True)["logits"]
    output = lab.probe(PROMPT, layers=[0], top_k=1).query("kind == 'output'").iloc[0]
    assert logits.shape == (1, 4096) and logits.argmax() == output["id"]
    assert abs(logits.max() - output["logit"]) < 1e-4


def test_upload_lens_registers_a_file_under_its_folders_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "My lens" / "params.pt"
    file.parent.mkdir()
    shutil.copy(DEMO / "lenses/tuned/params.pt", file)
    lens = lab.upload_lens(file, note="from a notebook", shared=False)
    assert (lens["id"], lens["kind"], lens["bytes"]) == ("my-lens", "tuned", file.stat().st_size)
    assert (lens["note"], lens["shared"]) == ("from a notebook", False)
    assert "100%" in capsys.readouterr().err
    kl = lab.probe(PROMPT, lenses=["my-lens"], against="tuned", statistics=["kl_lens_against"])["kl_lens_against"]
    assert kl.max() < 1e-6


def test_upload_lens_tells_of_progress_without_tqdm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("midstream.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    lab.upload_lens(DEMO / "lenses/jacobian.pt", "plain")
    assert "jacobian.pt 100%" in capsys.readouterr().err
    lab.upload_lens(DEMO / "lenses/jacobian.pt", "plain", progress=False)
    assert capsys.readouterr().err == ""


def test_a_refusal_is_an_exception_with_the_services_own_words() -> None:
    with pytest.raises(ProblemError, match=r"\(422\).*layers are 0 to 7") as refused:
        lab.probe(PROMPT, layers=[99])
    problem = refused.value.problem
    assert (problem["type"], problem["status"]) == ("urn:midstream:problem:out-of-range", 422)
    assert problem["errors"][0].get("pointer") == "/layers/0" and refused.value.retry_after is None
    with pytest.raises(ProblemError, match="lens-refused|not a lens|lens"):
        lab.upload_lens(Path(__file__), "text", progress=False)


def test_a_refusal_of_something_else_is_one_too(meet: Meet) -> None:
    with pytest.raises(ProblemError, match=r"Bad Gateway \(502\)") as refused:
        meet("gateway/python").probe(PROMPT)
    assert refused.value.problem["type"] == "about:blank"


def test_429_and_503_are_asked_again_after_what_retry_after_says(meet: Meet) -> None:
    began = time.monotonic()
    assert len(meet("429,503/python").probe(PROMPT, layers=[0], top_k=1)) == 2
    assert time.monotonic() - began >= 2
    lens = meet("503/python-upload").upload_lens(DEMO / "lenses/jacobian.pt", "again")
    assert lens["bytes"] == (DEMO / "lenses/jacobian.pt").stat().st_size


def test_patience_ends(meet: Meet) -> None:
    with pytest.raises(ProblemError, match="429") as refused:
        meet("429,429,429/python-impatient", patience=1.5).probe(PROMPT)
    assert refused.value.retry_after == 1


def test_a_key_is_sent_where_there_is_one(meet: Meet) -> None:
    assert len(meet("keyed/python", "secret").probe(PROMPT, layers=[0], top_k=1)) == 2
    with pytest.raises(ProblemError, match="401"):
        meet("keyed/python").probe(PROMPT)
