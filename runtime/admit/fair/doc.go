// Package fair lets requests wait for the places of a service, where a bento declares a
// queue. Without one package admit turns away what has no place.
//
// # Who is next
//
// Levels are strict: while a request of a higher level waits that may begin, none of a
// lower one does. Within a level tenants share the places by weight: next is the tenant
// that has had the least, counted in the time that its requests held places, so that one
// with long requests gets no more than one with short ones (start-time fair queueing:
// Goyal, Vin, Cheng 1996). A tenant's own requests begin in the order in which they came.
// Who was idle has no claim on what it did not use. An endpoint that has its own maximum
// in flight holds nobody else up.
//
// # Who is not let wait
//
// Requests and their bytes are bounded. Where the queue is full a new request takes the
// place of the one that came last: of a lower level if there is any, else of the tenant
// with the most waiting, if that is more than its own; so nobody can fill the queue for
// others. A request that would come too late for its deadline is turned away when it
// comes, by how long places were held lately, and again when it would begin: no work is
// done that can no longer be in time. The time that the fastest requests take decides
// that, so that what might still be in time is tried.
package fair
