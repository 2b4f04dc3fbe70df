# What our files say to type about Docker, as they say it: those that the other parts have not run.

step 'Commands of the documents'
COMPOSE_PROJECT_NAME=$project scripts/test-commands docker
