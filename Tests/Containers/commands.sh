# The Docker commands in our files, literally: those that the other parts have not run.

step 'Commands of the documents'
COMPOSE_PROJECT_NAME=$project scripts/test-commands docker
