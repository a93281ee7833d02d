from django.db import migrations


class Migration(migrations.Migration):
    """The passphrases moved into the accounts."""

    dependencies = [("store", "0002_redacted"), ("accounts", "0001_initial")]
    operations = [migrations.DeleteModel(name="Passphrase")]
