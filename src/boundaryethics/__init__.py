"""A clinician meets a client online: facts in, cited ranking out."""
