import java.io.File;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;

/** Validates XML files against an XML Schema with the JDK's validator: SCHEMA FILE... */
public class Validate {
  public static void main(String[] args) throws Exception {
    Validator v = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
        .newSchema(new File(args[0])).newValidator();
    for (int i = 1; i < args.length; i++) {
      try {
        v.validate(new StreamSource(new File(args[i])));
        System.out.println("valid " + args[i]);
      } catch (org.xml.sax.SAXException e) {
        System.out.println("invalid " + args[i] + ": " + e.getMessage());
      }
    }
  }
}
