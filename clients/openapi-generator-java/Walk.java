import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import midstream.ApiClient;
import midstream.ApiException;
import midstream.api.ActivationsApi;
import midstream.api.LensesApi;
import midstream.api.ProbeApi;
import midstream.model.ActivationsRequest;
import midstream.model.EndFrame;
import midstream.model.LensInfo;
import midstream.model.ProbeFrame;
import midstream.model.ProbeRequest;
import midstream.model.ProbeResponse;
import midstream.model.Problem;
import midstream.model.ProblemType;
import midstream.model.Prompt;
import midstream.model.Readout;
import midstream.model.ReadoutFrame;
import midstream.model.SiteName;

/** The service through openapi-generator's `java`: `Walk <url> <lens file>`. */
public class Walk {
  static final String PROMPT = "Once upon a time, there was a little girl named";

  public static void main(String[] args) throws Exception {
    ApiClient client = new ApiClient();
    client.updateBaseUri(args[0]);
    ObjectMapper json = client.getObjectMapper();
    probe(new ProbeApi(client));
    stream(args[0], json);
    lenses(args[0], new File(args[1]), json);
    File states =
        new ActivationsApi(client).createActivations(new ActivationsRequest().prompt(new Prompt(PROMPT)).layers(List.of(-1)));
    check(states.length() > 128 * 4, "activations");
  }

  static void probe(ProbeApi api) throws ApiException {
    ProbeResponse answer = api.createProbe(request().lenses(List.of("logit", "tuned")));
    Readout last = answer.getReadouts().get(answer.getReadouts().size() - 1);
    check(last.getSite() == SiteName.RESID_POST && last.getTop().get(0).getProb().doubleValue() > 0, "probe");
  }

  /** The generated operation reads its answer whole; the frames have classes, and java.net.http has lines. */
  static void stream(String url, ObjectMapper json) throws Exception {
    HttpRequest ask =
        HttpRequest.newBuilder(URI.create(url + "/probe/stream"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json.writeValueAsString(request())))
            .build();
    List<String> lines = HttpClient.newHttpClient().send(ask, HttpResponse.BodyHandlers.ofLines()).body().toList();
    int readouts = 0;
    Object last = null;
    for (String line : lines) {
      last = json.readValue(line, ProbeFrame.class).getActualInstance();
      if (last instanceof ReadoutFrame frame && frame.getEntropy() != null) readouts++;
    }
    check(readouts == 8 && last instanceof EndFrame end && end.getUsage().getPromptTokens() > 0, "stream");
  }

  static void lenses(String url, File file, ObjectMapper json) throws Exception {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    LensesApi api = new LensesApi(client);
    // This library would send a File as JSON: an interceptor sends its bytes.
    HttpRequest.BodyPublisher bytes = HttpRequest.BodyPublishers.ofFile(file.toPath());
    client.setRequestInterceptor(request -> request.PUT(bytes));
    LensesApi uploads = new LensesApi(client);
    LensInfo lens = uploads.putLens("mine", file, null, null, null, null, null, null, null, null, "*", null);
    check(lens.getBytes() == file.length(), "upload");
    File back = api.getLensWeights("mine", null, null, null, null);
    check(Files.mismatch(file.toPath(), back.toPath()) == -1, "download");
    try {
      uploads.putLens("mine", file, null, null, null, null, null, null, null, null, "*", null);
      throw new AssertionError("replaced what it must not");
    } catch (ApiException refusal) {
      Problem problem = json.readValue(refusal.getResponseBody(), Problem.class);
      ProblemType type = ProblemType.fromValue("urn:midstream:problem:precondition-failed");
      check(problem.getType() == type && problem.getStatus() == refusal.getCode(), "problem");
    }
  }

  static ProbeRequest request() {
    return new ProbeRequest().prompt(new Prompt(PROMPT)).topK(3);
  }

  static void check(boolean holds, String step) {
    if (!holds) throw new AssertionError(step);
    System.out.println("walked: " + step);
  }
}
