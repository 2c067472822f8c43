from midstream_client import AuthenticatedClient
from midstream_client.api.probe import create_probe
from midstream_client.models import ProbeRequest, Problem

answer = create_probe.sync(client=AuthenticatedClient(base_url="", token=""), body=ProbeRequest(promt="Once"))
if isinstance(answer, Problem):
    print(answer.detial)
elif answer is not None:
    print(answer.readouts[0].entrpy)
    layer: str = answer.readouts[0].layer
