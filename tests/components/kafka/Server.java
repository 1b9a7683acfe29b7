import java.util.ArrayList;
import java.util.List;

/** A Kafka broker that is its own controller: FILE [USER PASSWORD], a file of properties and a user for SCRAM. */
public final class Server {
    private static final String CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg";

    public static void main(String[] arguments) {
        List<String> format = new ArrayList<>(List.of("format", "-g", "-t", CLUSTER, "-c", arguments[0]));
        if (arguments.length > 1) {
            format.add("--add-scram");
            format.add("SCRAM-SHA-512=[name=" + arguments[1] + ",password=" + arguments[2] + "]");
        }
        if (kafka.tools.StorageTool.execute(format.toArray(new String[0]), System.out) != 0) {
            System.exit(1);
        }
        kafka.Kafka.main(new String[] {arguments[0]});
    }
}
