from midstream_client import ProbeApi, ProbeRequest, Problem, Prompt

answer = ProbeApi().create_probe(ProbeRequest(promt=Prompt("Once")))
print(answer.readouts[0].entrpy)
layer: str = answer.readouts[0].layer


def detail(problem: Problem) -> str:
    return problem.detial
